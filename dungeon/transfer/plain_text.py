"""The plain-text format: an adventure as its transcript."""

from pathlib import PurePath
from types import MappingProxyType

from dungeon import story, transcript
from dungeon.errors import InputRefused
from dungeon.story import Adventure, Kind, Turn
from dungeon.text import clean, clean_line

MAX_TURNS = 50_000
_MAX_TITLE = 80


def write(adventure: Adventure) -> str:
    """Return the transcript from the opening to the head."""
    text = story.render_transcript(adventure.path())
    return f"{text}\n" if text else ""


def read(name: str, text: str) -> Adventure:
    """Return the adventure in a transcript; the file's name becomes its title.

    The text before the first line with `>` is the opening. Raises InputRefused if there is no text
    or more than 50,000 turns.
    """
    blocks = transcript.read(clean(text))
    if not blocks:
        raise InputRefused(f"{name} holds no text, so there is no adventure in it.")
    if len(blocks) > MAX_TURNS:
        raise InputRefused(f"{name} has more than {MAX_TURNS:,} turns.")
    turns = _turns(blocks)
    last = next(reversed(turns))
    title = clean_line(PurePath(name).stem)[:_MAX_TITLE]
    return Adventure(
        id=story.new_id(),
        title=title or "An adventure",
        turns=MappingProxyType(turns),
        head=last,
        tip=last,
    )


def _turns(blocks: list[transcript.Block]) -> dict[str, Turn]:
    """Return the turns in order: the opening, then each action with the prose that follows it."""
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
        reply = next(rest, None)
        prose = reply.text if isinstance(reply, transcript.Prose) else ""
        kind = Kind.SAY if block.text.startswith(('You say "', "You say “")) else Kind.DO
        add(kind, block.text, prose)
        block = next(rest, None) if prose else reply
    return turns
