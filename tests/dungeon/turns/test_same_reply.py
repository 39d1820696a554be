"""Tests of replies that an action has already: no retry counts one twice."""

from dataclasses import replace

import pytest

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.turns.game import Game
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import SameReply
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.turns.games import FOX, LOOK, RAIN, ROOM, done, events_of, game_of, opened


@pytest.fixture
def saves() -> MemorySaves:
    return MemorySaves()


async def test_a_retry_that_says_the_same_is_generated_again(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, ROOM, RAIN)
    await events_of(game.play(LOOK))
    events = await events_of(game.retry())
    assert [each.flaw for each in events if isinstance(each, AttemptRejected)] == ["same_reply"]
    turn = done(events).turn
    assert (turn.text, turn.provenance.attempts) == (RAIN, 2)
    assert turn.provenance.sampling == game.generation_settings.sampling.to_dict()
    assert [each.text for each in game.adventure.replies()] == [ROOM, RAIN]
    await game.close()


async def test_a_retry_that_says_nothing_new_adds_no_reply(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN, *[ROOM] * 4)
    first = done(await events_of(game.play(LOOK))).turn
    second = done(await events_of(game.retry())).turn
    events = await events_of(game.retry())
    assert events[-1] == SameReply(second)
    assert game.adventure.head == second.id
    assert game.adventure.replies() == (first, second)
    assert saves.draft("a") is None
    await game.close()


async def test_an_action_sent_anew_goes_on_from_the_reply_that_it_has(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, *[ROOM] * 4, FOX)
    first = done(await events_of(game.play(LOOK))).turn
    await game.undo()
    assert (await events_of(game.play(LOOK)))[-1] == SameReply(first)
    assert game.adventure.head == first.id
    await game.undo()
    assert done(await events_of(game.play(LOOK))).turn.text == FOX
    await game.close()


async def test_what_the_player_has_banned_stays_banned_where_the_action_says_it(
    saves: MemorySaves,
) -> None:
    replies = ["A rope hangs from the beam above you."] * 4
    settings = replace(GenerationSettings(seed=7), banned_phrases=("the beam",))
    game = Game(saves, ScriptedGenerator(replies), opened(), settings)
    events = await events_of(game.play(replace(LOOK, text="You look at the beam.")))
    assert "the beam" not in "".join(turn.text for turn in saves.turns)
    assert len([each for each in events if isinstance(each, AttemptRejected)]) == 3
    await game.close()
