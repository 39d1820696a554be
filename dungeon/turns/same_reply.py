"""Know a reply again that an action has already."""

from collections.abc import Iterable

from dungeon.scripts import record as scripts
from dungeon.story import Turn
from dungeon.text.phrases import normalise


def reply_texts(replies: Iterable[Turn]) -> tuple[str, ...]:
    """Return the texts of `replies`: as they are, and as the model wrote those that a script
    changed.
    """
    return tuple(text for turn in replies for text in _texts_of(turn))


def find_same(text: str, replies: Iterable[Turn]) -> Turn | None:
    """Return the one of `replies` that says `text` word for word, or None."""
    said = normalise(text)
    return next((turn for turn in replies if said in map(normalise, _texts_of(turn))), None)


def _texts_of(turn: Turn) -> tuple[str, ...]:
    written = scripts.parse(turn.provenance.scripts).before.get("reply", turn.text)
    return (turn.text,) if written == turn.text else (turn.text, written)
