"""Provides what a player at a terminal in plain mode has seen, and whether the saves still hold it.

A turn counts as shown when its text stands there and the game asks for the next action: from then
on the player believes that it happened. Knows nothing of processes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

PROMPT = "What do you do? "

_DEED = re.compile(r"^> (.*)$", re.MULTILINE)
_ANEW = re.compile(
    r"\((?:[^()]*;\s+once\s+more\.?(?:\s+The\s+reply\s+above\s+is\s+taken\s+back\.)?"
    r"|The\s+reply\s+above\s+is\s+taken\s+back;\s+the\s+story\s+goes\s+on\s+with\s+this\s+one:)\)"
)
"""What stands between a text that is discarded and the one that is told instead."""

_NOTICE = re.compile(r"^(?:Another window moved|Not saved:).*(?:\n.+)*$", re.MULTILINE)
"""A notice of Grue's own, a paragraph for itself."""

_BEGUN = re.compile(r"You had begun: .* It was not answered yet\.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Seen:
    """A turn as it stood on the terminal, its white space folded: lines wrap there."""

    deed: str
    text: str


def answers(written: str) -> list[str]:
    """Return what stood between each prompt and the next, the player's own typing included.

    What came after the last prompt is left out: nothing says yet that it is done.
    """
    return written.replace("\r", "").split(PROMPT)[1:-1]


def answer_to(typed: str, answer: str) -> list[Seen]:
    """Return the turn told in the answer to `typed`; none where that plays none."""
    return [] if typed == "/undo" else _told(answer.removeprefix(typed))


def greeting(written: str) -> list[Seen]:
    """Return the turns with a deed that the game told when it was opened, before it first asked."""
    before, prompt, _ = written.replace("\r", "").partition(PROMPT)
    return [seen for seen in _told(_BEGUN.sub("", before)) if seen.deed] if prompt else []


def saved(document: Mapping[str, Any]) -> set[Seen]:
    """Return the turns that `grue saves show --json` tells, as a terminal would show them."""
    return {Seen(_folded(turn["action"]), _folded(turn["text"])) for turn in document["turns"]}


def lost(seen: Iterable[Seen], document: Mapping[str, Any]) -> list[Seen]:
    """Return the turns that were seen and that the saves do not hold, word for word."""
    there = saved(document)
    return [turn for turn in seen if turn not in there]


def _told(text: str) -> list[Seen]:
    """Return the turns in what the game wrote; one without a deed is what let the story go on."""
    first, *rest = _DEED.split(_NOTICE.sub("", text))
    pairs = zip(rest[::2], rest[1::2], strict=True) if rest else [("", first)]
    return [
        Seen(_folded(deed), _folded(_ANEW.split(prose)[-1]))
        for deed, prose in pairs
        if _folded(prose)
    ]


def _folded(text: str) -> str:
    return " ".join(text.split())
