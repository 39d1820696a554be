"""Tests of the requests of a turn: what a guided one hands to the engine."""

from dataclasses import replace

import pytest

from dungeon.generator import TextChunk
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import Sampling
from dungeon.story import CONTINUE, Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves

OPENING = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."


async def test_a_guided_turn_hands_both_prompts_to_the_engine() -> None:
    generator = ScriptedGenerator(["", ROOM])  # an empty reply is started with its first word
    settings = GenerationSettings(Sampling(guidance=1.5), seed=7)
    game = Game(MemorySaves(), generator, Adventure("a", "T").with_turn(OPENING), settings)
    game.prefetch()
    await game.wait_for_prefetch()
    async for _ in game.play(Action(Kind.DO, "You look around.")):
        pass
    await game.close()
    ahead, first, second = generator.requests[:3]
    assert ahead.is_guided
    assert ahead.prompt == ahead.unconditional_prompt == first.unconditional_prompt
    assert first.is_guided
    assert first.prompt == ahead.prompt + "\n\n> You look around."
    assert second.prompt == first.prompt + "\n\nYou"
    assert second.unconditional_prompt == first.unconditional_prompt + "\n\nYou"


@pytest.mark.parametrize(
    ("opening", "banned"), [(OPENING.text, ()), ("The boathouse is cold.", (">",))]
)
async def test_a_reply_may_end_at_once_where_a_first_word_would_begin_it_again(
    opening: str, banned: tuple[str, ...]
) -> None:
    generator = ScriptedGenerator([ROOM, ROOM])
    adventure = Adventure("a", "T").with_turn(replace(OPENING, text=opening))
    game = Game(MemorySaves(), generator, adventure, GenerationSettings(seed=7))
    for action in (Action(Kind.DO, "You look around."), CONTINUE):
        async for _ in game.play(action):
            pass
    await game.close()
    answer, continuation = generator.requests[0], generator.requests[-1]
    assert answer.banned_tokens == ()
    assert continuation.banned_tokens == banned


async def test_the_speed_is_that_of_replies_that_are_long_enough() -> None:
    """A few tokens behind a given beginning arrive at once: the header said "6356 tokens/s"."""
    generator = ScriptedGenerator(["Nothing moves in here."])
    adventure = Adventure("a", "T").with_turn(OPENING)
    game = Game(MemorySaves(), generator, adventure, GenerationSettings(seed=7))
    told: list[float] = []
    game.on_speed = lambda: told.append(game.tokens_per_second)
    async for _ in game.play(Action(Kind.DO, "You look around.")):
        pass
    assert game.tokens_per_second == 0
    slow = ScriptedGenerator([ROOM, " moves."], delay=0.01)
    await game.use_generator(slow, GenerationSettings(seed=7))
    async for _ in game.play(Action(Kind.DO, "You wait.")):
        pass
    measured = game.tokens_per_second
    assert 0 < measured <= 100
    async for _ in game.retry("The rope on the beam"):
        pass
    assert game.tokens_per_second == measured
    assert told == [measured]
    await game.close()


async def test_a_continuation_that_would_be_empty_begins_with_a_word_of_the_seed() -> None:
    beginnings = set()
    for seed in range(4):
        generator = ScriptedGenerator(["", ROOM])
        adventure = Adventure("a", "T").with_turn(OPENING)
        game = Game(MemorySaves(), generator, adventure, GenerationSettings(seed=seed))
        async for _ in game.play(CONTINUE):
            pass
        await game.close()
        again = generator.requests[1]
        beginnings.add(again.beginning)
        assert again.prompt.removeprefix(OPENING.text).strip() == again.beginning
    assert beginnings == {"You", "The"}


async def test_the_thinking_of_a_model_is_neither_shown_nor_saved_nor_told_it_again() -> None:
    generator = ScriptedGenerator([f"<think>A room? Tar!</think>\n\n{ROOM}", ROOM])
    settings = GenerationSettings(seed=7)
    game = Game(MemorySaves(), generator, Adventure("a", "T").with_turn(OPENING), settings)
    shown = ""
    async for event in game.play(Action(Kind.DO, "You look around.")):
        shown += event.text if isinstance(event, TextChunk) else ""
    turn = game.adventure.current_turn()
    assert turn is not None
    assert turn.text == shown.strip() == ROOM
    async for _ in game.play(Action(Kind.DO, "You wait.")):
        pass
    await game.close()
    assert not any("think" in request.prompt for request in generator.requests)


async def test_a_second_roll_for_the_same_attempt_takes_no_second_reply() -> None:
    generator = ScriptedGenerator([" it is too tight. It is locked.", " the stone is too tight."])
    adventure = Adventure("a", "T").with_turn(OPENING)
    game = Game(MemorySaves(), generator, adventure, GenerationSettings(seed=7))
    for number in (3, 4):
        roll = f"(You roll {number} of 20 and fail.)"
        async for _ in game.play(Action(Kind.DO, f"You force the heavy iron door. {roll}")):
            pass
    await game.close()
    turn = game.adventure.current_turn()
    assert turn is not None
    assert turn.provenance is not None
    assert turn.text == "You try to force the heavy iron door, but the stone is too tight."
    assert turn.provenance.attempts == 1
