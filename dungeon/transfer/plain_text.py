"""The plain-text format: an adventure as its transcript."""

from pathlib import PurePath
from types import MappingProxyType

from dungeon import story, transcript
from dungeon.errors import InputRefused
from dungeon.story import Adventure, Kind, Turn
from dungeon.text import clean, clean_line

MOST_TURNS = 50_000
"""Turns a transcript may have."""

_LONGEST_TITLE = 80


def write(adventure: Adventure) -> str:
    """Return the transcript from the opening to where the player stands."""
    text = story.render_transcript(adventure.line())
    return f"{text}\n" if text else ""


def read(name: str, text: str) -> Adventure:
    """Return the adventure of a transcript; the file's name becomes its title.

    What stands before the first line with `>` is the opening. Raises InputRefused where there is
    no word in it, or more than 50,000 turns.
    """
    blocks = transcript.read(clean(text))
    if not blocks:
        raise InputRefused(f"{name} holds no text, so there is no adventure in it.")
    if len(blocks) > MOST_TURNS:
        raise InputRefused(f"{name} has more than {MOST_TURNS:,} turns.")
    turns = _turns(blocks)
    last = next(reversed(turns))
    title = clean_line(PurePath(name).stem)[:_LONGEST_TITLE]
    return Adventure(
        id=story.new_id(),
        title=title or "An adventure",
        turns=MappingProxyType(turns),
        head=last,
        tip=last,
    )


def _turns(blocks: list[transcript.Block]) -> dict[str, Turn]:
    """Return a line of turns: the opening, then each action with the prose that follows it."""
    turns: dict[str, Turn] = {}

    def add(kind: Kind, action: str, text: str) -> None:
        parent = next(reversed(turns), None)
        turn = Turn(story.new_id(), parent, kind, action, text)
        turns[turn.id] = turn

    rest = iter(blocks)
    block = next(rest, None)
    opening = block.text if isinstance(block, transcript.Prose) else ""
    if opening:
        block = next(rest, None)
    add(Kind.OPENING, "", opening)
    while isinstance(block, transcript.ActionLine):
        answer = next(rest, None)
        prose = answer.text if isinstance(answer, transcript.Prose) else ""
        add(_kind(block.text), block.text, prose)
        block = next(rest, None) if prose else answer
    return turns


def _kind(action: str) -> Kind:
    return Kind.SAY if action.startswith(('You say "', "You say “")) else Kind.DO
