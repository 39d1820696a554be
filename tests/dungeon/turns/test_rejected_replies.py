"""Replies that are rejected: what is tried again, how often, and with what."""

from dataclasses import replace

import pytest

from dungeon.dice import Roll
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Kind
from dungeon.turns.game import Game
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import TurnCancelled
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.turns.games import LOOK, RAIN, ROOM, WAIT, done, events_of, game_of, opened


@pytest.fixture
def saves() -> MemorySaves:
    return MemorySaves()


async def test_a_loop_is_generated_again_with_stronger_penalties(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, ROOM, RAIN)
    await events_of(game.play(LOOK))
    events = await events_of(game.play(WAIT))
    assert [event.flaw for event in events if isinstance(event, AttemptRejected)] == ["loop"]
    turn = done(events).turn
    assert turn.text == RAIN
    assert turn.provenance.attempts == 2
    assert (
        turn.provenance.sampling["dry_multiplier"]
        > game.generation_settings.sampling.dry_multiplier
    )
    await game.close()


async def test_a_sentence_of_the_story_is_not_told_twice(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, f"{RAIN} {ROOM}")
    await events_of(game.play(LOOK))
    turn = done(await events_of(game.play(WAIT))).turn
    assert (turn.text, turn.provenance.attempts) == (RAIN, 1)
    await game.close()


async def test_other_flaws_are_generated_again_with_another_seed_only(saves: MemorySaves) -> None:
    game = game_of(saves, "I saw it, and my brother saw it.", " hear the rain stop.")
    events = await events_of(game.play(LOOK))
    assert [event.flaw for event in events if isinstance(event, AttemptRejected)] == [
        "first_person"
    ]
    provenance = done(events).turn.provenance
    assert (provenance.attempts, done(events).turn.text) == (2, "You hear the rain stop.")
    assert provenance.sampling == game.generation_settings.sampling.to_dict()
    await game.close()


async def test_a_doubled_word_is_generated_again_with_another_seed_only(saves: MemorySaves) -> None:
    game = game_of(saves, "A voice comes from the breathing breathing.", RAIN)
    events = await events_of(game.play(LOOK))
    assert [event.flaw for event in events if isinstance(event, AttemptRejected)] == [
        "doubled_word"
    ]
    provenance = done(events).turn.provenance
    assert (provenance.attempts, done(events).turn.text) == (2, RAIN)
    assert provenance.sampling == game.generation_settings.sampling.to_dict()
    await game.close()


async def test_a_doubled_word_loses_no_turn(saves: MemorySaves) -> None:
    doubled = "A voice comes from the breathing breathing."
    game = game_of(saves, *[doubled] * 4)
    assert done(await events_of(game.play(LOOK))).turn.text == doubled
    await game.close()


async def test_a_failed_roll_does_not_succeed(saves: MemorySaves) -> None:
    game = game_of(saves, " it opens.", " it is locked.")
    action = replace(LOOK, text=f"You open the door. {Roll(6).sentence}")
    events = await events_of(game.play(action))
    assert [event.flaw for event in events if isinstance(event, AttemptRejected)] == [
        "contradicts_roll"
    ]
    turn = done(events).turn
    assert turn.text == "You try to open the door, but it is locked."
    assert turn.provenance.sampling == game.generation_settings.sampling.to_dict()
    await game.close()


async def test_a_success_that_the_player_begins_with_is_kept(saves: MemorySaves) -> None:
    game = game_of(saves, " it is locked.", " A dog barks.")
    await events_of(game.play(replace(LOOK, text=f"You open the door. {Roll(6).sentence}")))
    turn = done(await events_of(game.retry("You try to open the door, but it opens."))).turn
    assert turn.text == "You try to open the door, but it opens. A dog barks."
    assert turn.provenance.attempts == 1
    await game.close()


async def test_the_number_of_attempts_is_limited(saves: MemorySaves) -> None:
    """Clover's #10 refused every action as looping; here the best of four attempts stands."""
    game = game_of(saves, *[ROOM] * 5)
    await events_of(game.play(LOOK))
    events = await events_of(game.play(WAIT))
    assert len([event for event in events if isinstance(event, AttemptRejected)]) == 3
    assert done(events).turn.text == ROOM
    await game.close()


async def test_a_reply_that_only_says_the_action_again_is_asked_what_comes_of_it(
    saves: MemorySaves,
) -> None:
    generator = ScriptedGenerator(["You take the lamp.", "", " It is warm."])
    game = Game(saves, generator, opened(), GenerationSettings(seed=7))
    events = await events_of(game.play(replace(LOOK, text="You take the lamp.")))
    flaws = [event.flaw for event in events if isinstance(event, AttemptRejected)]
    assert flaws == ["echo", "echo"]
    assert done(events).turn.text == "You take the lamp. It is warm."
    assert done(events).turn.provenance.beginning == "You take the lamp."
    await game.close()


@pytest.mark.parametrize(
    ("kind", "banned"), [(Kind.STORY, ()), (Kind.DO, ("the lamp",))], ids=["prose", "banned"]
)
async def test_what_cannot_be_said_again_is_not_gone_on_with(
    saves: MemorySaves, kind: Kind, banned: tuple[str, ...]
) -> None:
    """Prose of the player's own stands in the story already, and what is banned is never said."""
    settings = GenerationSettings(seed=7, banned_phrases=banned)
    generator = ScriptedGenerator(["You take the lamp.", " hear the rain stop."])
    game = Game(saves, generator, opened(), settings)
    turn = done(await events_of(game.play(Action(kind, "You take the lamp.")))).turn
    assert turn.text.endswith(" hear the rain stop.")
    assert turn.provenance.beginning in ("You", "The")
    await game.close()


async def test_an_action_that_nothing_comes_of_has_a_reply_all_the_same(saves: MemorySaves) -> None:
    generator = ScriptedGenerator(["You take the lamp.", "", "", ""])
    game = Game(saves, generator, opened(), GenerationSettings(seed=7))
    turn = done(await events_of(game.play(replace(LOOK, text="You take the lamp.")))).turn
    assert turn.text == "You take the lamp."
    await game.close()


async def test_a_success_is_told_whole_and_what_comes_of_it(saves: MemorySaves) -> None:
    game = game_of(saves, "", " He falls.")
    action = replace(LOOK, text=f"You hit the king. {Roll(15).sentence}")
    turn = done(await events_of(game.play(action))).turn
    assert (turn.text, turn.provenance.attempts) == ("You hit the king. He falls.", 2)
    await game.close()


async def test_an_echo_that_cannot_be_gone_on_with_is_started_with_its_first_word(
    saves: MemorySaves,
) -> None:
    said = 'You say "Open the door!"'
    generator = ScriptedGenerator([said, " hear a key turn."])
    game = Game(saves, generator, opened(), GenerationSettings(seed=7))
    turn = done(await events_of(game.play(replace(LOOK, text=said)))).turn
    assert turn.text == "You hear a key turn."
    await game.close()


async def test_an_empty_reply_is_started_with_its_first_word(saves: MemorySaves) -> None:
    generator = ScriptedGenerator(["", " hear the rain stop."])
    game = Game(saves, generator, opened(), GenerationSettings(seed=7))
    assert done(await events_of(game.play(LOOK))).turn.text == "You hear the rain stop."
    first, second = (request.prompt for request in generator.requests if request.max_tokens)
    assert second == first + "\n\nYou"
    await game.close()


async def test_a_silent_model_makes_no_turn(saves: MemorySaves) -> None:
    game = game_of(saves, *[""] * 4)
    events = await events_of(game.play(LOOK))
    assert events[-1] == TurnCancelled(LOOK)
    assert saves.turns == []
    await game.close()
