"""Test that a model may be loaded late, fail to load, and be left while it is loaded."""

import asyncio
import threading

import pytest

from dungeon.errors import EngineStopped, WeightsError
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session.model_loader import LoadCancelled, LoadState, ModelLoader, Stage
from tests.patience import HUNG


async def test_the_model_is_loaded_once_however_many_wait():
    looked, states = [], []

    def find(progress):
        looked.append(1)
        progress("Fetching", 1, 2)
        return ScriptedGenerator(name="late")

    loader = ModelLoader("late", find, states.append)
    with pytest.raises(EngineStopped):
        await loader.count_tokens("a")
    await asyncio.gather(loader.open(), loader.open())
    assert looked == [1]
    assert loader.model.name == "late"
    assert await loader.count_tokens("a b") == 2
    await asyncio.sleep(0)
    assert [state.stage for state in states if state.stage is not Stage.FETCHING] == [
        Stage.STARTING,
        Stage.READY,
    ]


async def test_cancelling_one_waiter_does_not_disturb_the_others():
    begun, gate = threading.Event(), threading.Event()

    def find(_progress):
        begun.set()
        assert gate.wait(HUNG)
        return ScriptedGenerator()

    loader = ModelLoader("slow", find, lambda _: None)
    impatient = asyncio.create_task(loader.open())
    patient = asyncio.create_task(loader.open())
    assert await asyncio.to_thread(begun.wait, HUNG)
    impatient.cancel()
    gate.set()
    await patient
    assert loader.is_ready


async def test_a_failure_is_reported_and_can_be_tried_again():
    found = [WeightsError("No network."), ScriptedGenerator()]

    def find(_progress):
        match found.pop(0):
            case WeightsError() as error:
                raise error
            case generator:
                return generator

    loader = ModelLoader("m", find, lambda _: None)
    with pytest.raises(WeightsError):
        await loader.open()
    assert loader.state == LoadState(Stage.FAILED, "No network.")
    await loader.open()
    assert loader.is_ready


async def test_a_download_is_cancelled_when_the_player_leaves():
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

    loader = ModelLoader("m", find, lambda _: None)
    opening = asyncio.create_task(loader.open())
    assert await asyncio.to_thread(begun.wait, HUNG)
    await loader.close()
    left.set()
    assert await asyncio.to_thread(abandoned.wait, HUNG)
    opening.cancel()
