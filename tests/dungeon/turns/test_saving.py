"""Test that saving happens beside the event loop, in order, and before a turn is shown."""

import asyncio
import threading
from collections.abc import AsyncGenerator

import pytest

from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.turn_events import Event, TurnSaved
from tests.dungeon.memory_saves import MemorySaves
from tests.patience import HUNG, loop_until

LOOK = Action(Kind.DO, "You look around.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."


def new_game(saves: MemorySaves, *replies: str) -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    return Game(saves, ScriptedGenerator(replies), adventure, GenerationSettings(seed=7))


async def events_of(stream: AsyncGenerator[Event, None]) -> list[Event]:
    return [event async for event in stream]


def saved_turn(events: list[Event]) -> Turn:
    assert isinstance(events[-1], TurnSaved)
    return events[-1].turn


class SlowSaves(MemorySaves):
    """Saves a turn only once it is allowed to, and notes the order of what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = threading.Event()
        self.allowed = threading.Event()
        self.order: list[str] = []

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        self.writing.set()
        assert self.allowed.wait(HUNG)
        super().append(adventure_id, turn, expected_head=expected_head)
        self.order.append("turn")

    def revise(self, adventure_id: str, **changes: str | None) -> None:
        super().revise(adventure_id, **changes)
        self.order.append("memory")


async def test_the_event_loop_runs_while_a_turn_is_saved() -> None:
    saves = SlowSaves()
    game = new_game(saves, ROOM)
    seen: list[Event] = []

    async def watch() -> None:
        async for event in game.play(LOOK):
            seen.append(event)

    task = asyncio.create_task(watch())
    await loop_until(saves.writing.is_set)  # the loop turns although the disk does not answer
    assert not any(isinstance(event, TurnSaved) for event in seen)
    assert game.busy
    saves.allowed.set()
    await task
    assert saves.turns == [saved_turn(seen)]
    await game.close()


async def test_writes_are_carried_out_in_order() -> None:
    saves = SlowSaves()
    game = new_game(saves, ROOM)
    turn = asyncio.create_task(events_of(game.play(LOOK)))
    await loop_until(saves.writing.is_set)
    memory = asyncio.create_task(game.revise(memory="You fear water."))
    await asyncio.sleep(0)
    saves.allowed.set()
    await asyncio.gather(turn, memory)
    assert saves.order == ["turn", "memory"]
    assert game.adventure.memory == "You fear water."
    assert game.adventure.head == saved_turn(turn.result()).id
    await game.close()


async def test_cancelling_a_turn_that_is_being_saved_saves_it() -> None:
    saves = SlowSaves()
    game = new_game(saves, ROOM)
    task = asyncio.create_task(events_of(game.play(LOOK)))
    await loop_until(saves.writing.is_set)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    saves.allowed.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [turn.text for turn in saves.turns] == [ROOM]
    assert game.adventure.head == saves.turns[0].id
    assert not game.busy
    await game.close()


async def test_the_head_is_moved_by_one_command_at_a_time() -> None:
    game = new_game(MemorySaves(), ROOM)
    await events_of(game.play(LOOK))
    undoing = asyncio.create_task(game.undo())
    await asyncio.sleep(0)
    with pytest.raises(InputRefused, match="still being written"):
        await game.redo()
    await undoing
    assert game.adventure.head == "opening"
    await game.close()
