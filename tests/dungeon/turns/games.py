"""Games of one turn after another, on a scripted model and saves in memory."""

from collections.abc import AsyncGenerator

from dungeon.errors import GeneratorError
from dungeon.generator import TextChunk
from dungeon.generator.scripted import Reply, ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.turn_events import Event, TurnSaved
from tests.dungeon.memory_saves import MemorySaves

LOOK = Action(Kind.DO, "You look around.")
WAIT = Action(Kind.DO, "You wait.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
RAIN = "Rain begins on the roof. Somewhere below, a door closes with great care."
FOX = "A fox walks in as if it paid the rent. It looks at the rope, then at you."


def opened() -> Adventure:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    return Adventure("a", "The Boathouse").with_turn(opening)


def game_of(saves: MemorySaves, *replies: str | GeneratorError | Reply, seed: int = 7) -> Game:
    generator = ScriptedGenerator(replies)
    return Game(saves, generator, opened(), GenerationSettings(seed=seed))


async def events_of(stream: AsyncGenerator[Event, None]) -> list[Event]:
    return [event async for event in stream]


def done(events: list[Event]) -> TurnSaved:
    assert isinstance(events[-1], TurnSaved)
    return events[-1]


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextChunk))
