"""Test the screen of attributes, and how a roll is shown in the story."""

import threading
from dataclasses import replace

from textual.widgets import OptionList

from dungeon.dice import Attribute, DiceRules
from dungeon.errors import NotSaved
from dungeon.session.launcher import LaunchOptions
from dungeon.tui.screens.attributes import AttributesScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from tests.dungeon.tui.driver import adventure, notices, visible_text
from tests.patience import HUNG

ON = LaunchOptions(last=True)


async def test_attributes_are_changed_by_keys_and_a_risky_action_shows_its_roll(open_app):
    written = ["the wall is wet."] * 2
    damaged = replace(adventure(), dice=DiceRules(unreadable="{"))
    async with open_app(written, saved=[damaged], start=ON) as t:
        await t.wait_until(lambda: "cannot be read" in visible_text(t))
        await t.send("/attributes")
        await t.wait_for_screen(AttributesScreen)
        screen = t.app.screen
        await t.pilot.press("right")
        await t.wait_until(lambda: t.game.adventure.dice.risky)
        await t.pilot.press("down", "left", "down", "right")
        await t.wait_until(
            lambda: t.game.adventure.dice.find("strength") == Attribute("strength", 1)
        )
        assert t.game.adventure.dice.threshold == 10
        await t.pilot.press("n")
        await t.wait_for_screen(InputDialog)
        t.app.screen.query_one(SafeInput).value = "luck 9"
        await t.pilot.press("enter")
        await t.wait_for_screen(AttributesScreen)
        error = screen.query_one(".error", SafeStatic)
        await t.wait_until(lambda: "from -5 to 5" in str(error.content))
        await t.pilot.press("enter")
        await t.wait_for_screen(InputDialog)
        assert t.app.screen.query_one(SafeInput).value == "strength 1"
        t.app.screen.query_one(SafeInput).value = "strength 2 heave"
        await t.pilot.press("enter")
        await t.wait_for_screen(AttributesScreen)
        await t.wait_until(lambda: "heave, attack, " in visible_text(t))
        await t.pilot.press("down", "d")
        await t.wait_until(lambda: t.game.adventure.dice.find("dexterity") is None)
        assert screen.query_one(OptionList).option_count == 5
        await t.pilot.press("escape")
        await t.wait_for_screen(PlayScreen)
        await t.send("heave the stone up")
        await t.wait_until(lambda: len(t.game.adventure.path()) > 2 and not t.play.is_writing)
        roll = t.game.adventure.path()[-1].roll
        assert roll is not None
        assert roll.explanation in visible_text(t)
        await t.send("/retry")
        await t.wait_until(lambda: len(t.game.adventure.replies()) > 1 and not t.play.is_writing)
        assert t.game.adventure.path()[-1].roll == roll


async def test_an_attribute_that_cannot_be_saved_is_told_though_the_screen_is_left(
    open_app, monkeypatch
):
    async with open_app(saved=[adventure()], start=ON) as t:
        allowed = threading.Event()

        def fail(*_, **__):
            assert allowed.wait(HUNG)
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(t.app.session.library, "revise", fail)
        await t.send("/attributes")
        await t.wait_for_screen(AttributesScreen)
        await t.pilot.press("n")
        await t.wait_for_screen(InputDialog)
        await t.type("luck 1")
        await t.send_packet("enter", "escape")
        await t.wait_for_screen(PlayScreen)
        allowed.set()
        await t.wait_until(lambda: "The disk is full." in notices(t))
