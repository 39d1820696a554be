"""Test the state screen: what was found is confirmed, corrected and dismissed with keys."""

import threading

import pytest

from dungeon.errors import NotSaved
from dungeon.session.launcher import LaunchOptions
from dungeon.state import sentence_of, state_at
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.state import StateScreen
from dungeon.tui.widgets.state_panel import StatePanel
from tests.dungeon.tui.driver import adventure, notices, visible_text
from tests.patience import HUNG

ON = LaunchOptions(last=True)
TOLD = "You take a knife. You enter the mill. The guard is dead."


def true_sentences(t):
    story = t.app.session.library.load("a1")
    return [sentence_of(entry) for entry in state_at(story).entries]


async def test_suggestions_are_decided_on_with_keys(open_app):
    async with open_app(saved=[adventure(1, text=TOLD)], start=ON) as t:
        await t.pilot.press("f8")
        await t.wait_for_screen(StateScreen)
        await t.wait_until(lambda: "? 1  You carry a knife." in visible_text(t))
        await t.pilot.press("enter")
        await t.wait_until(lambda: true_sentences(t) == ["You carry a knife."])
        await t.pilot.press("c")
        await t.wait_for_screen(InputDialog)
        await t.type("the tower")
        await t.pilot.press("enter")
        await t.wait_for_screen(StateScreen)
        await t.wait_until(lambda: "You are in the tower." in true_sentences(t))
        await t.pilot.press("d")  # the guard
        await t.wait_until(lambda: "?" not in visible_text(t))
        await t.pilot.press("n")
        await t.wait_for_screen(InputDialog)
        await t.type("Bram is my friend")
        await t.pilot.press("enter")
        await t.wait_for_screen(StateScreen)
        await t.wait_until(lambda: true_sentences(t)[-1] == "Bram is your friend.")
        kept = true_sentences(t)
        await t.pilot.press("d")
        await t.wait_until(lambda: true_sentences(t) != kept)
        await t.pilot.press("u")
        await t.wait_until(lambda: true_sentences(t) == kept)
        await t.pilot.press("f8")
        await t.wait_for_screen(PlayScreen)


async def test_quick_keys_confirm_one_suggestion_each(open_app):
    async with open_app(saved=[adventure(1, text=TOLD)], start=ON) as t:
        await t.pilot.press("f8")
        await t.wait_for_screen(StateScreen)
        await t.send_packet("a", "a")
        await t.wait_until(lambda: "? 1  The guard is dead." in visible_text(t))
        assert sorted(true_sentences(t)) == ["You are in the mill.", "You carry a knife."]
        assert len(t.app.session.library.load("a1").state_events) == 2


async def test_a_decision_that_cannot_be_saved_is_told(open_app, monkeypatch):
    async with open_app(saved=[adventure(1, text=TOLD)], start=ON) as t:

        def fail(*_, **__):
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(t.app.session.library, "revise", fail)
        await t.pilot.press("f8")
        await t.wait_for_screen(StateScreen)
        await t.pilot.press("a")
        await t.wait_until(lambda: "The disk is full." in notices(t))
        assert "? 1  You carry a knife." in visible_text(t)


@pytest.mark.parametrize("key", ["c", "n"])
async def test_an_answer_that_cannot_be_saved_is_told_though_the_screen_is_left(
    open_app, monkeypatch, key
):
    async with open_app(saved=[adventure(1, text=TOLD)], start=ON) as t:
        allowed = threading.Event()

        def fail(*_, **__):
            assert allowed.wait(HUNG)
            raise NotSaved("The disk is full.")

        monkeypatch.setattr(t.app.session.library, "revise", fail)
        await t.pilot.press("f8")
        await t.wait_for_screen(StateScreen)
        await t.pilot.press(key)
        await t.wait_for_screen(InputDialog)
        await t.type("a spoon")
        await t.send_packet("enter", "escape")
        await t.wait_for_screen(PlayScreen)
        allowed.set()
        await t.wait_until(lambda: "The disk is full." in notices(t))


async def test_the_state_stands_beside_the_story_or_is_one_line(open_app):
    async with open_app(saved=[adventure(1, text=TOLD)], start=ON, size=(120, 40)) as t:
        await t.wait_until(lambda: "? The guard is dead." in visible_text(t))
        assert t.app.screen.query_one(StatePanel).outer_size.width == 32
        await t.pilot.press("f9")
        await t.wait_until(lambda: "People" in visible_text(t) and "Found" not in visible_text(t))
        assert "The model is not told of" in visible_text(t)
        await t.send("/state line all")
        await t.wait_until(lambda: "The model is not told of" not in visible_text(t))
        await t.send("/state off")
        await t.wait_until(lambda: "People" not in visible_text(t))
        await t.send("/state ask")
        await t.wait_until(lambda: "People" in visible_text(t))
        for thing in ("mill", "knife", "guard"):
            await t.send(f"/state remove {thing}")
        await t.wait_until(lambda: not t.app.screen.query_one(StatePanel).display)
        await t.pilot.press("ctrl+q")


async def test_a_narrow_screen_says_what_was_found(open_app):
    async with open_app(saved=[adventure(1, text=TOLD)], start=ON) as t:
        await t.wait_until(lambda: "You carry a knife. Right? And 2 more." in visible_text(t))
        await t.pilot.press("f9")
        await t.wait_until(lambda: "Right?" not in visible_text(t))
