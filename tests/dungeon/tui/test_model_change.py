"""Test that another model is downloaded while the game goes on, after the player was asked."""

import threading

import pytest

from dungeon.generator.scripted import Reply, ScriptedGenerator
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.models import ModelsScreen
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.text_editor import TextEditor
from dungeon.tui.widgets.safe_text import SafeTextArea
from dungeon.tui.widgets.status_line import StatusLine
from tests.dungeon.tui.driver import LONG, AppDriver, adventure, notices, visible_text
from tests.patience import HUNG


def status(driver: AppDriver) -> str:
    return str(driver.play.query_one(StatusLine).content)


@pytest.fixture
def other_model(monkeypatch):
    """Return another model, which is loaded once its gate is open."""

    class OtherModel:
        def __init__(self):
            self.gate = threading.Event()
            self.generator = ScriptedGenerator(["The dragon wakes."] * 9, name="wayfarer-12b")

        def create(self, *_, **__):
            assert self.gate.wait(HUNG)
            return self.generator

        async def start_loading(self, t):
            t.app.use_model("wayfarer-12b")
            await t.wait_for_screen(ConfirmDialog)
            await t.pilot.press("y")
            await t.wait_until(lambda: t.app.is_changing_model)

        async def load_during_reply(self, t):
            await self.start_loading(t)
            await t.type("look")
            await t.pilot.press("enter")
            await t.wait_until(lambda: "left wall" in t.prose()[-1])
            self.gate.set()
            await t.wait_until(lambda: self.generator.opened)

        async def finish_loading(self, t):
            self.gate.set()
            await t.wait_until(lambda: not t.app.is_changing_model)

    other = OtherModel()
    monkeypatch.setattr("dungeon.generator.factory.create_generator", other.create)
    return other


async def test_an_editor_that_was_open_before_the_model_came_changes_the_game(
    open_app, other_model
):
    async with open_app(saved=[adventure()], start=LaunchOptions(adventure="a1")) as t:
        game = t.game
        await other_model.start_loading(t)
        await t.pilot.press("ctrl+l")
        await t.wait_until(lambda: isinstance(t.app.screen, TextEditor) and t.app.screen.is_mounted)
        t.app.screen.query_one(SafeTextArea).text = "Mine."
        await other_model.finish_loading(t)
        assert t.game is game
        assert game.generator.model.name == "wayfarer-12b"
        await t.pilot.press("ctrl+s")
        await t.wait_for_screen(PlayScreen)
        await t.wait_until(lambda: t.prose()[-1] == "Mine.")
        await t.send("look")
        assert t.prose()[-2:] == ["Mine.", "The dragon wakes."]
        assert not any("Another window" in each for each in notices(t))
        assert len(t.app.session.library.load("a1").path()) == 4


async def test_a_model_waits_for_the_reply_under_way(open_app, other_model):
    replies = [Reply(LONG[:120], "hang")]
    async with open_app(replies, saved=[adventure()], start=LaunchOptions(adventure="a1")) as t:
        await other_model.load_during_reply(t)
        assert t.game.generator.model.name != "wayfarer-12b"
        await t.send("/stop")
        await t.wait_until(lambda: t.game.generator.model.name == "wayfarer-12b")
        await t.send("look")
        assert t.prose()[-1] == "The dragon wakes."


async def test_a_model_that_is_given_up_while_a_reply_is_written_is_closed(open_app, other_model):
    replies = [Reply(LONG[:120], "hang")]
    async with open_app(replies, saved=[adventure()], start=LaunchOptions(adventure="a1")) as t:
        await other_model.load_during_reply(t)
        t.app.cancel_model_change()
        await t.wait_until(lambda: not other_model.generator.opened)
        assert not t.app.is_changing_model


async def test_a_game_that_begins_as_the_model_comes_is_played_with_it(
    open_app, other_model, home, monkeypatch
):
    made, is_shown = threading.Event(), threading.Event()
    async with open_app(saved=[adventure()]) as t:
        before, make = t.app.model_loader, t.app.session.game

        def game(story):
            found = make(story)
            made.set()
            assert is_shown.wait(HUNG)
            return found

        monkeypatch.setattr(t.app.session, "game", game)
        await other_model.start_loading(t)
        await t.pilot.press("enter")
        await t.wait_until(made.is_set)
        await t.app.change_settings(reply_tokens=77)
        await other_model.finish_loading(t)
        is_shown.set()
        await t.wait_for_screen(PlayScreen)
        assert t.game.generator is t.app.model_loader is not before
        assert t.game.generation_settings == t.app.session.new_game_settings()
        assert t.game.generation_settings.reply_tokens == 77
        assert "wayfarer-12b" in status(t)
        await t.send("look")
        assert t.prose()[-1] == "The dragon wakes."
        assert load(home.settings).model == "wayfarer-12b"
        assert not t.generator.opened, "the one before is closed, and stays so"


async def test_a_model_is_downloaded_while_the_story_goes_on(open_app, monkeypatch, home):
    gate = threading.Event()

    def create_generator(reference, *_, progress, **__):
        assert reference == "wayfarer-12b"
        while not gate.wait(0.01):
            progress("Fetching", 34, 100)
        return ScriptedGenerator(["The dragon wakes."], name="wayfarer-12b")

    monkeypatch.setattr("dungeon.generator.factory.create_generator", create_generator)
    start = LaunchOptions(adventure="a1")
    async with open_app(["It rains at last."], saved=[adventure()], start=start) as t:
        await t.send("/model")
        await t.wait_for_screen(ModelsScreen)
        assert "Cancel download" not in visible_text(t)
        models = t.app.screen.query_one("#models")
        models.highlighted = models.get_option_index("wayfarer-12b")
        await t.pilot.press("enter")
        await t.wait_until(lambda: isinstance(t.app.screen, ConfirmDialog))
        assert "Licence: Apache-2.0" in visible_text(t)
        await t.pilot.press("y")
        await t.wait_until(lambda: "x Cancel download" in " ".join(visible_text(t).split()))
        await t.pilot.press("escape")
        await t.wait_until(lambda: "Fetching wayfarer-12b 34%" in status(t))
        await t.type("look")
        await t.pilot.press("enter")
        await t.wait_until(lambda: t.game.adventure.current_turn().text == "It rains at last.")
        assert load(home.settings).model == ""
        await t.wait_until(lambda: not t.play.is_writing)

        await t.send("/models cancel")
        await t.wait_until(lambda: "Fetching" not in status(t))
        assert t.app.model_reference == ""
        assert not t.app.is_changing_model

        t.app.use_model("wayfarer-12b")
        await t.wait_until(lambda: isinstance(t.app.screen, ConfirmDialog))
        await t.pilot.press("y")
        await t.wait_until(lambda: "Fetching wayfarer-12b 34%" in status(t))
        gate.set()
        await t.wait_until(lambda: load(home.settings).model == "wayfarer-12b")
        assert t.game.generator.model.name == "wayfarer-12b"
        assert t.game.generation_settings.sampling.temperature == 1.2
        assert "Fetching" not in status(t)
