"""Proves that the model may come late, fail, and be left, and that the title says so."""

import asyncio
import threading
from datetime import timedelta

import pytest

from dungeon.errors import EngineStopped, WeightsError
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session import LaunchOptions, Session
from dungeon.settings import Settings
from dungeon.tui.app import GrueApp
from dungeon.tui.model_loader import LoadCancelled, ModelLoader, Stage, State
from dungeon.tui.when import ago, turns
from dungeon.tui.widgets.model_status import ModelStatus, told
from tests.dungeon.tui.table import NOW, Table, adventure
from tests.patience import HUNG


async def test_it_is_looked_for_once_however_many_wait():
    looked, states = [], []

    def find(progress):
        looked.append(1)
        progress("Fetching", 1, 2)
        return ScriptedGenerator(name="late")

    engine = ModelLoader(find, "late", states.append)
    with pytest.raises(EngineStopped):
        await engine.count_tokens("a")
    await asyncio.gather(engine.open(), engine.open())
    assert looked == [1]
    assert engine.model.name == "late"
    assert await engine.count_tokens("a b") == 2
    await asyncio.sleep(0)
    assert [state.stage for state in states if state.stage is not Stage.FETCHING] == [
        Stage.STARTING,
        Stage.READY,
    ]


async def test_one_who_waits_no_more_does_not_disturb_the_others():
    begun, gate = threading.Event(), threading.Event()

    def find(_progress):
        begun.set()
        assert gate.wait(HUNG)
        return ScriptedGenerator()

    engine = ModelLoader(find, "slow", lambda _: None)
    impatient = asyncio.create_task(engine.open())
    patient = asyncio.create_task(engine.open())
    assert await asyncio.to_thread(begun.wait, HUNG)
    impatient.cancel()
    gate.set()
    await patient
    assert engine.ready


async def test_a_failure_is_told_and_can_be_tried_again():
    found = [WeightsError("No network."), ScriptedGenerator()]

    def find(_progress):
        match found.pop(0):
            case WeightsError() as error:
                raise error
            case generator:
                return generator

    engine = ModelLoader(find, "m", lambda _: None)
    with pytest.raises(WeightsError):
        await engine.open()
    assert engine.state == State(Stage.FAILED, "No network.")
    await engine.open()
    assert engine.ready


async def test_a_fetch_is_abandoned_when_the_player_leaves():
    begun, left, abandoned = threading.Event(), threading.Event(), threading.Event()

    def find(progress):
        begun.set()
        assert left.wait(HUNG)
        try:
            progress("Fetching", 1, 100)
        except LoadCancelled:
            abandoned.set()
            raise
        return ScriptedGenerator()

    engine = ModelLoader(find, "m", lambda _: None)
    opening = asyncio.create_task(engine.open())
    assert await asyncio.to_thread(begun.wait, HUNG)
    await engine.close()
    left.set()
    assert await asyncio.to_thread(abandoned.wait, HUNG)
    opening.cancel()


async def test_the_opening_is_read_while_the_model_is_fetched(home, monkeypatch):
    gate = threading.Event()

    def generator(progress=None):
        progress("Fetching", 34_000_000, 93_000_000)
        assert gate.wait(HUNG)
        return ScriptedGenerator(["It rains at last."])

    session = Session(home, Settings())
    monkeypatch.setattr(session, "generator", generator)
    app = GrueApp(session, LaunchOptions(), clock=lambda: NOW)
    app.animation_level = "none"
    async with app.run_test() as pilot:
        until = Table(app, pilot, None).until
        line = app.screen.query_one(ModelStatus)
        await until(lambda: "34 of 93 MB" in str(line.query_one(".words").content))
        await pilot.press("enter")
        await until(lambda: app.playing and app.playing.is_mounted)
        await pilot.press("g", "o", "enter")
        await until(lambda: app.playing.game.busy)
        gate.set()
        await until(lambda: not app.playing.writing)
        assert app.playing.game.adventure.last().text == "It rains at last."


async def test_the_title_says_that_there_is_no_model_and_tries_again(home, monkeypatch):
    outcomes = [WeightsError("The model cannot be fetched: no network."), ScriptedGenerator()]

    def generator(progress=None):
        match outcomes.pop(0):
            case WeightsError() as error:
                raise error
            case found:
                return found

    session = Session(home, Settings())
    monkeypatch.setattr(session, "generator", generator)
    app = GrueApp(session, LaunchOptions(), clock=lambda: NOW)
    async with app.run_test() as pilot:
        words = app.screen.query_one(ModelStatus).query_one(".words")
        until = Table(app, pilot, None).until
        await until(lambda: "no network" in str(words.content))
        assert "Press r" in str(words.content)
        await pilot.press("r")
        await until(lambda: "is ready" in str(words.content))
        assert str(words.content) == "scripted is ready"


def test_how_far_a_fetch_has_come_is_said_in_megabytes():
    assert told(State(Stage.FETCHING, "Fetching m", 34_500_000, 93_000_000)) == (
        "Fetching m, 34 of 93 MB"
    )
    assert told(State(Stage.FETCHING, "Preparing m", 1, 4)) == "Preparing m, 25%"
    assert told(State(Stage.FETCHING, "Fetching m")) == "Fetching m"


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=25), "yesterday"),
        (timedelta(days=6), "6 days ago"),
        (timedelta(days=8), "1 week ago"),
        (timedelta(days=60), "18 March 2026"),
    ],
)
def test_ago(back, said):
    assert ago(NOW - back, NOW) == said


def test_turns():
    assert turns(1) == "1 turn"
    assert turns(1234) == "1,234 turns"
    assert len(adventure(2).turns) == 2
