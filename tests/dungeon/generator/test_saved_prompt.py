"""Tests of when the prompt of the game's own engine is saved and restored."""

import asyncio
from types import SimpleNamespace

import pytest

from dungeon.errors import GeneratorError
from dungeon.generator import saved_prompt
from dungeon.generator.saved_prompt import SavedPrompt
from dungeon.generator.slot_files import SlotFiles

OPENING = "You stand at the ferry. " * 40


class FakeEngine:
    """Saves and restores slots, as llama.cpp does over HTTP."""

    def __init__(self, folder):
        self.folder = folder
        self.actions = []
        self.hanging = asyncio.Event()
        """Set once an action hangs that was told to."""
        self.hangs = False

    async def request_json(self, path, document):
        action = path.partition("=")[2]
        self.actions.append(action)
        if action == "save":
            (self.folder / document["filename"]).write_bytes(b"state")
        if self.hangs:
            self.hangs = False
            self.hanging.set()
            await asyncio.Event().wait()

    async def close(self):
        pass


@pytest.fixture
def engine(tmp_path, monkeypatch):
    engine = FakeEngine(tmp_path / "key")
    monkeypatch.setattr(saved_prompt, "ModelServerClient", lambda *_: engine)
    return engine


def child(address="http://127.0.0.1:1"):
    return SimpleNamespace(address=address, token="secret")


def saved(tmp_path):
    return SavedPrompt(SlotFiles(tmp_path, "key", 1_000_000))


async def test_an_opening_is_saved_once_and_restored_by_the_next_engine(tmp_path, engine):
    prompt = saved(tmp_path)
    for _ in range(2):
        await prompt.restore(child(), OPENING, is_opening=True)
        await prompt.save_opening(child())
    await prompt.save(child())
    assert engine.actions == ["save"]  # nothing was played after it
    await saved(tmp_path).restore(child(), OPENING + "> You look.", is_opening=True)
    assert engine.actions == ["save", "restore"]


@pytest.mark.parametrize("action", ["save", "restore"])
async def test_what_the_player_interrupts_is_done_by_the_next_prompt(tmp_path, engine, action):
    prompt = saved(tmp_path)
    if action == "restore":
        await prompt.restore(child(), OPENING)
        await prompt.save(child())
        prompt = saved(tmp_path)

    async def read():
        await prompt.restore(child(), OPENING, is_opening=True)
        await prompt.save_opening(child())

    engine.actions.clear()
    engine.hangs = True
    reading = asyncio.create_task(read())
    await engine.hanging.wait()
    reading.cancel()
    await asyncio.wait([reading])
    assert len(list(engine.folder.glob("*.kv"))) == len(list(engine.folder.glob("*.json")))
    await read()
    assert engine.actions[:2] == [action, action]


async def test_an_engine_that_cannot_save_is_no_error(tmp_path, engine, monkeypatch):
    async def refuse(*_):
        raise GeneratorError("No.")

    monkeypatch.setattr(engine, "request_json", refuse)
    prompt = saved(tmp_path)
    await prompt.restore(child(), OPENING, is_opening=True)
    await prompt.save_opening(child())
    assert list(engine.folder.iterdir()) == []
