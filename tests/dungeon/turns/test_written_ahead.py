"""Tests of the continuation that is written while the player reads, on a scripted model."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from dungeon.errors import EngineStopped
from dungeon.generator import TextChunk
from dungeon.generator.scripted import Reply, ScriptedGenerator, ScriptStep
from dungeon.settings.generation import GenerationSettings
from dungeon.story import CONTINUE, Action, Adventure, Kind, Turn
from dungeon.turns import written_ahead
from dungeon.turns.game import Game
from dungeon.turns.turn_events import Event, TurnSaved
from tests.dungeon.memory_saves import MemorySaves
from tests.patience import loop_until

LOOK = Action(Kind.DO, "You look around.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
RAIN = "Rain begins on the roof. Somewhere below, a door closes with great care."
FOX = "A fox walks in as if it paid the rent. It looks at the rope, then at you."


@pytest.fixture(autouse=True)
def mains_power(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written_ahead, "is_on_battery", lambda: False)


def game_of(*replies: ScriptStep) -> tuple[Game, ScriptedGenerator]:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    generator = ScriptedGenerator(replies)
    settings = GenerationSettings(seed=7, write_ahead=True)
    return Game(MemorySaves(), generator, adventure, settings), generator


async def events_of(stream: AsyncGenerator[Event, None]) -> list[Event]:
    return [event async for event in stream]


def text_of(events: list[Event]) -> str:
    assert isinstance(events[-1], TurnSaved)
    return events[-1].turn.text


async def test_a_continuation_that_is_written_is_told_without_asking_the_model() -> None:
    game, generator = game_of(ROOM, RAIN)
    game.prefetch()
    await game.wait_for_prefetch()
    asked = len(generator.requests)
    events = await events_of(game.play(CONTINUE))
    assert text_of(events) == ROOM
    assert "".join(e.text for e in events if isinstance(e, TextChunk)) == ROOM
    assert [request.max_tokens for request in generator.requests[asked:]] == []
    turn = game.adventure.current_turn()
    assert turn is not None
    assert (turn.kind, turn.provenance.first_milliseconds) == (Kind.CONTINUE, 0)
    await game.wait_for_prefetch()
    assert text_of(await events_of(game.play(CONTINUE))) == RAIN
    await game.close()


async def test_a_continuation_that_is_still_being_written_is_told_as_it_comes() -> None:
    gate = asyncio.Event()
    game, generator = game_of(Reply(ROOM, gate=gate))
    game.prefetch()
    await loop_until(lambda: len(generator.requests) == 2)  # the prompt alone, then with a reply
    stream = game.play(CONTINUE)
    async for event in stream:
        if isinstance(event, TextChunk):
            break
    gate.set()
    assert text_of(await events_of(stream)) == ROOM
    await game.close()


@pytest.mark.parametrize("change", ["action", "memory", "settings"])
async def test_it_is_dropped_where_something_else_happens(change: str) -> None:
    game, generator = game_of(ROOM, RAIN)
    game.prefetch()
    await game.wait_for_prefetch()
    action = CONTINUE
    if change == "action":
        action = LOOK
    elif change == "memory":
        game.generation_settings = GenerationSettings(seed=7)
        await game.revise(memory="It is winter.")
    else:
        game.generation_settings = GenerationSettings(seed=7, reply_tokens=50)
    assert text_of(await events_of(game.play(action))) == RAIN
    assert "winter" in generator.requests[-1].prompt or change != "memory"
    await game.close()


async def test_an_action_ends_the_writing_under_way() -> None:
    game, generator = game_of(Reply(ROOM, then="hang"), FOX)
    game.prefetch()
    await loop_until(lambda: len(generator.requests) == 2)
    ahead = generator.requests[1]
    assert text_of(await events_of(game.play(LOOK))) == FOX
    assert ahead in generator.interrupted
    await game.close()


async def test_an_engine_that_failed_ahead_is_asked_again() -> None:
    game, _ = game_of(EngineStopped("The engine stopped."), ROOM)
    game.prefetch()
    await game.wait_for_prefetch()
    assert text_of(await events_of(game.play(CONTINUE))) == ROOM
    await game.close()


async def test_nothing_is_written_on_battery(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written_ahead, "is_on_battery", lambda: True)
    game, generator = game_of(ROOM)
    game.prefetch()
    await game.wait_for_prefetch()
    assert [request.max_tokens for request in generator.requests] == [0]
    await game.close()
