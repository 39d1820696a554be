"""Test that a game begins while the model is loaded, and that the title says how far that is."""

import threading

from dungeon.errors import WeightsError
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.session.model_loader import LoadState, Stage, load_sentence
from dungeon.settings import Settings, load
from dungeon.tui.app import GrueApp
from dungeon.tui.widgets.model_status import ModelStatus
from tests.dungeon.tui.driver import NOW, AppDriver
from tests.patience import HUNG


def sentence(driver: AppDriver) -> str:
    """What the title says of the model."""
    return str(driver.app.screen.query_one(ModelStatus).query_one(".sentence").content)


async def test_a_game_begins_while_the_model_is_fetched(home, monkeypatch):
    gate = threading.Event()

    def create_generator(*_, progress, **__):
        progress("Fetching", 34_000_000, 93_000_000)
        assert gate.wait(HUNG)
        return ScriptedGenerator(["It rains at last."])

    monkeypatch.setattr("dungeon.generator.factory.create_generator", create_generator)
    app = GrueApp(Session(home, Settings(tour=False)), LaunchOptions(), now=lambda: NOW)
    app.animation_level = "none"
    async with app.run_test() as pilot:
        t = AppDriver(app, pilot)
        await t.wait_until(lambda: "34 of 93 MB" in sentence(t))
        await pilot.press("enter")
        await t.wait_until(lambda: app.play_screen and app.play_screen.is_mounted)
        await t.wait_until(lambda: app.focused is t.play.prompt_bar.input)
        await pilot.press("g", "o", "enter")
        await t.wait_until(lambda: t.game.busy)
        gate.set()
        await t.wait_until(lambda: not t.play.is_writing)
        assert t.game.adventure.current_turn().text == "It rains at last."


async def test_a_model_that_fails_to_load_can_be_loaded_again_from_the_title(home, monkeypatch):
    outcomes = [WeightsError("The model cannot be fetched: no network."), ScriptedGenerator()]

    def create_generator(*_, progress, **__):
        match outcomes.pop(0):
            case WeightsError() as error:
                raise error
            case generator:
                return generator

    monkeypatch.setattr("dungeon.generator.factory.create_generator", create_generator)
    app = GrueApp(Session(home, Settings(tour=False)), LaunchOptions(), now=lambda: NOW)
    async with app.run_test() as pilot:
        t = AppDriver(app, pilot)
        await t.wait_until(lambda: "no network" in sentence(t))
        assert "Press r" in sentence(t)
        await pilot.press("r")
        await t.wait_until(lambda: sentence(t) == "scripted is ready")


async def test_to_try_a_model_again_takes_no_other_one_back(home, monkeypatch):
    gate, tries = threading.Event(), []

    def create_generator(reference, *_, **__):
        tries.append(reference)
        if not reference:
            raise WeightsError("The model cannot be fetched: no network.")
        assert gate.wait(HUNG)
        return ScriptedGenerator(name="another")

    monkeypatch.setattr("dungeon.generator.factory.create_generator", create_generator)
    app = GrueApp(Session(home, Settings(tour=False)), LaunchOptions(), now=lambda: NOW)
    async with app.run_test() as pilot:
        t = AppDriver(app, pilot)
        await t.wait_until(lambda: "no network" in sentence(t))
        app.use_model("another.gguf")
        await t.wait_until(lambda: "another.gguf" in tries)
        await pilot.press("r")
        await t.wait_until(lambda: tries.count("") == 2)
        assert app.is_changing_model
        gate.set()
        await t.wait_until(lambda: load(home.settings).model == "another.gguf")
        assert app.model_loader.is_ready


def test_the_progress_of_a_download_is_shown_in_megabytes():
    assert load_sentence(LoadState(Stage.FETCHING, "Fetching m", 34_500_000, 93_000_000)) == (
        "Fetching m, 34 of 93 MB"
    )
    assert load_sentence(LoadState(Stage.FETCHING, "Preparing m", 1, 4)) == "Preparing m, 25%"
    assert load_sentence(LoadState(Stage.FETCHING, "Fetching m")) == "Fetching m"
