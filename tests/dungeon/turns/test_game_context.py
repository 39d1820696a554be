"""Tests of what a game asks of its model: prompts that fit, and which is that of an opening."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from dungeon.errors import PromptTooLong
from dungeon.generator import Event as ModelEvent
from dungeon.generator import Request
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved
from tests.dungeon.memory_saves import MemorySaves

LOOK = Action(Kind.DO, "You look around.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."


class SmallerThanTold(ScriptedGenerator):
    """Refuses prompts of more than `held` tokens, and from then on says what it holds."""

    held = 200

    async def stream(self, request: Request) -> AsyncGenerator[ModelEvent, None]:
        if await self.count_tokens(request.prompt) > self.held:
            self.model = replace(self.model, context_length=self.held)
            raise PromptTooLong("The prompt is too long.", context_length=self.held)
        async with aclosing(super().stream(request)) as events:
            async for event in events:
                yield event


def long_game(generator: ScriptedGenerator) -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    for number in range(20):
        text = " ".join(f"Step {number} goes by the wall, and the wall says nothing." * 3)
        adventure = adventure.with_turn(
            Turn(f"t{number}", adventure.head, Kind.DO, "You go.", text)
        )
    return Game(MemorySaves(), generator, adventure, GenerationSettings(seed=7, reply_tokens=20))


async def test_a_prompt_that_is_refused_as_too_long_is_shortened() -> None:
    generator = SmallerThanTold([ROOM])
    game = long_game(generator)
    events = [event async for event in game.play(LOOK)]
    assert isinstance(events[-1], TurnSaved)
    assert events[-1].turn.text == ROOM
    assert game.context is not None
    assert game.context.tokens <= generator.held
    await game.close()


async def test_a_model_that_holds_nothing_fails_with_the_action_kept() -> None:
    generator = SmallerThanTold([ROOM])
    generator.held = 20
    game = long_game(generator)
    with pytest.raises(PromptTooLong):
        _ = [event async for event in game.play(LOOK)]
    assert game.adventure.head == "t19"
    await game.close()


async def test_only_the_first_turn_is_asked_for_with_the_prompt_of_an_opening() -> None:
    generator = ScriptedGenerator([ROOM, "The stairs are dark. Far below a bell begins to ring."])
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    game = Game(MemorySaves(), generator, adventure, GenerationSettings(seed=7))
    for _ in range(2):
        _ = [event async for event in game.play(LOOK)]
    asked = [request.is_opening for request in generator.requests if request.max_tokens]
    assert asked == [True, False]
    await game.close()
