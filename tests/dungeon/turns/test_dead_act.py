"""Replies in which the dead speak or act: what is tried again, and what is kept in the end."""

from dataclasses import replace

import pytest

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.prompt import settings_record
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.replay import Outcome, replay
from dungeon.turns.turn_events import Event
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.turns.games import LOOK, RAIN, WAIT, done, events_of, shown

STAB = Action(Kind.DO, "You stab the guard.")
DEATH = "The guard falls dead. His lamp rolls under the table and goes out."
HALT = '"Halt," says the guard, and he lifts his lamp.'


def killed() -> Adventure:
    opening = "You are a thief in a cellar. A guard stands at the door with a lamp."
    adventure = Adventure("a", "The Cellar").with_turn(Turn("0", None, Kind.OPENING, "", opening))
    return adventure.with_turn(Turn("1", "0", STAB.kind, STAB.text, DEATH))


def game_of(*replies: str, adventure: Adventure | None = None, **settings: str) -> Game:
    return Game(
        MemorySaves(),
        ScriptedGenerator(replies),
        adventure or killed(),
        replace(GenerationSettings(seed=7), **settings),  # type: ignore[arg-type]
    )


def flaws(events: list[Event]) -> list[str]:
    return [event.flaw for event in events if isinstance(event, AttemptRejected)]


async def test_a_reply_in_which_the_dead_speak_is_generated_again() -> None:
    game = game_of(HALT, " hear the rain stop.")
    events = await events_of(game.play(LOOK))
    assert flaws(events) == ["dead_act"]
    assert shown(events) == done(events).turn.text == "You hear the rain stop."
    await game.close()


async def test_a_reply_that_has_said_enough_ends_before_the_dead_speak() -> None:
    game = game_of(f"{RAIN} {HALT}")
    events = await events_of(game.play(LOOK))
    assert flaws(events) == []
    assert shown(events).rstrip() == done(events).turn.text == RAIN
    await game.close()


async def test_the_last_attempt_lets_them_and_they_are_alive_again() -> None:
    """No turn is lost."""
    again = '"That hurt," says the guard. He sits down on the stairs and counts his fingers.'
    laugh = " turn, and the guard laughs."
    game = game_of(HALT, laugh, laugh, laugh, again)
    events = await events_of(game.play(LOOK))
    assert flaws(events) == ["dead_act"] * 3
    turn = done(events).turn
    assert turn.text == "You turn, and the guard laughs."
    assert turn.provenance.attempts == 4
    events = await events_of(game.play(WAIT))
    assert (flaws(events), done(events).turn.text) == ([], again)
    await game.close()


async def test_a_short_reply_without_them_is_better() -> None:
    game = game_of(HALT, *[f" look up. {HALT}"] * 3)
    turn = done(await events_of(game.play(LOOK))).turn
    assert turn.text == "You look up."
    await game.close()


async def test_after_an_undo_nobody_is_dead() -> None:
    game = game_of(HALT)
    await game.undo()
    assert done(await events_of(game.play(LOOK))).turn.text == HALT
    await game.close()


async def test_without_the_state_nobody_is_found_dead() -> None:
    game = game_of(HALT, state="off")
    assert done(await events_of(game.play(LOOK))).turn.text == HALT
    await game.close()


async def test_the_player_may_begin_the_reply_with_them() -> None:
    game = game_of(RAIN, " laughs and lifts his lamp.")
    await events_of(game.play(LOOK))
    turn = done(await events_of(game.retry("The guard"))).turn
    assert turn.text == "The guard laughs and lifts his lamp."
    await game.close()


@pytest.mark.parametrize("text", [f"{RAIN} {HALT}", f"{RAIN} The guard lies on his back."])
async def test_a_reply_is_replayed_with_who_was_dead(text: str) -> None:
    game = game_of(text)
    turn = done(await events_of(game.play(LOOK))).turn
    await game.close()
    found = settings_record.parse(turn.provenance.settings)
    assert found is not None
    assert "the guard" in found.dead
    turns = [each async for each in replay(game.adventure, ScriptedGenerator([text]), None)]
    assert turns[-1].outcome is Outcome.SAME
