"""Test that another model is downloaded while the game goes on, after the player was asked."""

import threading

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import load
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.models import ModelsScreen
from dungeon.tui.widgets.status_line import StatusLine
from tests.dungeon.tui.driver import AppDriver, adventure, visible_text


def status(driver: AppDriver) -> str:
    return str(driver.play.query_one(StatusLine).content)


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
