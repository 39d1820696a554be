"""Test what a scripted model is asked about the state, and what becomes of its answers."""

import asyncio
import json
from typing import Any

import pytest

from dungeon.errors import EngineBusy, EngineStopped, GeneratorError
from dungeon.generator.scripted import Reply, ScriptedGenerator, ScriptStep
from dungeon.settings.generation import GenerationSettings
from dungeon.state import sentence_of, suggestions
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.story.state_events import Decision, Source
from dungeon.turns import state_extraction
from dungeon.turns.game import Game
from dungeon.turns.state_extraction import SCHEMA
from tests.dungeon.memory_saves import MemorySaves

TOLD = "Bram's eyes close. He does not breathe. The mill burns, and a splinter is in your arm."
LOOK = Action(Kind.DO, "You look around.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."


@pytest.fixture(autouse=True)
def mains_power(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_extraction, "is_on_battery", lambda: False)


def answer(*changes: tuple[str, str, str]) -> str:
    entries = [dict(zip(("kind", "name", "is"), change, strict=True)) for change in changes]
    return json.dumps({"changes": entries})


def game_of(*replies: ScriptStep, **settings: Any) -> tuple[Game, ScriptedGenerator]:
    story = Adventure("a", "T").with_turn(Turn("o", None, Kind.OPENING, "", "Night."))
    story = story.with_turn(Turn("t", "o", Kind.DO, "You take a lamp.", f"The lamp is hot. {TOLD}"))
    generator = ScriptedGenerator(replies)
    chosen = GenerationSettings(**({"seed": 7, "state_finder": "model"} | settings))
    return Game(MemorySaves(), generator, story, chosen), generator


async def ready(game: Game) -> None:
    game.prefetch()
    await game.wait_for_prefetch()


def asked(generator: ScriptedGenerator) -> list[str]:
    return [request.prompt for request in generator.requests if request.json_schema == SCHEMA]


def found(game: Game) -> list[str]:
    return [
        sentence_of(event.change)
        for event in game.adventure.state_events
        if event.source is Source.MODEL
    ]


async def test_what_the_model_says_is_suggested_once() -> None:
    said = answer(
        ("is hurt", "a splinter in your arm", ""),
        ("person", "Bram", "not breathing"),
        ("takes", "the lamp", ""),  # the rules have found that
        ("takes", "a brass bell", ""),  # nobody has spoken of one
    )
    game, generator = game_of(said)
    shown = []
    game.on_context = lambda: shown.append(len(game.adventure.state_events))
    await ready(game)
    assert found(game) == ["You have a splinter in your arm.", "Bram is not breathing."]
    assert shown[-1] == 2
    await ready(game)
    assert len(asked(generator)) == 1
    assert "You take a lamp." in asked(generator)[0]
    last, before = generator.requests[-1], generator.requests[0]
    assert (last.prompt, last.max_tokens) == (before.prompt, 0)  # the next turn is read again
    await game.close()


@pytest.mark.parametrize(
    "said",
    [
        "", "Nothing has changed.", "{", "[]", '{"changes": 3}', '{"changes": [3, {"kind": "is"}]}',
        f'{{"changes": {"[" * 100_000}{"]" * 100_000}}}',
        answer(("takes", "...", "")),
        answer(("person", "Bram", "")),
        answer(("takes", "lamp " * 40, "")),
        answer(("wants", "the mill", "")),
        answer(("loses", "the mill", "")),
        answer(("is in", "the cellar", "")),
        answer(("person", "Bram", "hates you")),
    ],
)  # fmt: skip
async def test_what_is_no_answer_or_not_in_the_story_is_dropped(said: str) -> None:
    game, generator = game_of(said)
    await ready(game)
    await ready(game)
    assert (found(game), len(asked(generator))) == ([], 1)
    await game.close()


@pytest.mark.parametrize(
    "settings",
    [
        {"state_finder": "rules"},
        {"state_finder": "auto"},
        {"state": "off"},
        {"state_finder": "auto", "recommended_finder": "rules"},
    ],
)
async def test_a_model_that_is_not_to_be_asked_is_left_alone(settings: dict[str, Any]) -> None:
    game, generator = game_of(**settings)
    await ready(game)
    assert asked(generator) == []
    await game.close()


async def test_a_large_model_is_asked_and_confirmed_in_auto_mode() -> None:
    said = answer(("is in", "the mill", ""))
    game, _ = game_of(said, state_finder="auto", recommended_finder="model", state="auto")
    await ready(game)
    (event,) = game.adventure.state_events
    assert (event.decision, event.turn) == (Decision.ACCEPTED, "t")
    await game.close()


async def test_any_action_cancels_the_question() -> None:
    gate = asyncio.Event()
    game, generator = game_of(Reply(gate=gate), ROOM)
    game.prefetch()
    while not asked(generator):
        await asyncio.sleep(0)
    async for _ in game.play(LOOK):
        pass
    assert [request.json_schema for request in generator.interrupted] == [SCHEMA]
    assert found(game) == []
    turn = game.adventure.current_turn()
    assert turn is not None
    assert turn.text == ROOM
    await game.close()


@pytest.mark.parametrize(
    ("error", "times"),
    [(EngineStopped("It ended."), 2), (EngineBusy("Later."), 2), (GeneratorError("No schema."), 1)],
)
async def test_an_engine_that_refuses_is_not_asked_again(error: GeneratorError, times: int) -> None:
    game, generator = game_of(error, answer())
    await ready(game)
    await ready(game)
    assert len(asked(generator)) == times
    assert suggestions(game.adventure)[0].source is Source.RULE
    await game.close()
