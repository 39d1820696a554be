"""Tell a player who comes back what has happened: a few sentences of the story, chosen by rules.

They are shown, and are neither part of the story nor of a prompt.
"""

from datetime import datetime, timedelta

from dungeon.commands.effects import Effect, Message
from dungeon.memory.extractive_summary import summarise
from dungeon.story import Adventure
from dungeon.turns.game import Game

PAUSE = timedelta(hours=1)
"""Who comes back sooner remembers."""

MIN_TURNS = 8
"""A shorter story is on the screen."""

LAST_TURNS = 100
"""The recap is of these; what was long before is not read, so that it is there at once."""

SENTENCES = 4
CHARACTERS = 480

TOO_SHORT = "There is nothing to recall yet: the story has only begun."
NOTHING_FOUND = (
    "No sentence of the last turns stands out as one that tells what happened. They are chosen by "
    "English words; /print shows the whole story."
)


async def show_recap(game: Game, argument: str) -> Effect:
    """Say what happened before."""
    is_short = len(game.adventure.path()) < MIN_TURNS
    return Message(recap(game.adventure) or (TOO_SHORT if is_short else NOTHING_FOUND))


def recap(adventure: Adventure) -> str:
    """Return what happened before the last turn; empty where the story is short."""
    path = adventure.path()
    before = path[-LAST_TURNS - 1 : -1]
    told = summarise(before, CHARACTERS, SENTENCES) if len(path) >= MIN_TURNS else ""
    return f"Previously: {told}" if told else ""


def recap_on_return(adventure: Adventure, now: datetime) -> str:
    """Return the recap where the last turn was made some time ago."""
    last = adventure.current_turn()
    return recap(adventure) if last is not None and now - last.created >= PAUSE else ""
