"""Read preference pairs from a JSON Lines file, and hold some of them out.

The file is what `grue saves preferences` writes, or any other in the standard preference format of
trl: `prompt`, `chosen` and `rejected` are texts. Text passes `dungeon.text.clean()` here.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean
from dungeon.text.encoding import SAVE_AS_UTF_8
from dungeon.transcript import as_prompt, normalise

HELD_OUT_SHARE = 0.2
"""Share of the pairs that are held out: of a few hundred pairs, fewer would say little."""

MAX_HELD_OUT = 200
"""More held-out pairs make an evaluation slower and hardly more exact."""

MIN_PAIRS = 4
"""Fewer cannot be divided into pairs to train on and pairs to hold out."""

_INCOMPLETE = ("stopped", "length", "interrupted")
"""How a reply ended that the model would have gone on with."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replies to a prompt."""

    prompt: str
    """Without space at its end."""
    chosen: str
    rejected: str
    chosen_is_complete: bool = True
    """Whether the text is a whole reply, after which it is the player's turn."""
    rejected_is_complete: bool = True
    adventure: str = ""
    """The adventure it comes from; pairs of one adventure are not divided."""


@dataclass(frozen=True, slots=True)
class PairFile:
    """The pairs of a file."""

    path: Path
    sha256: str
    pairs: tuple[Pair, ...]

    def split(self, seed: int) -> tuple[list[Pair], list[Pair]]:
        """Return the pairs to train on and those that are held out.

        Pairs of one adventure stay together, since their prompts share text; where there is only
        one adventure, those with one prompt do.
        """
        by_adventure: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            by_adventure.setdefault(pair.adventure or pair.prompt, []).append(pair)
        groups = by_adventure
        if len(groups) == 1:
            groups = {}
            for pair in self.pairs:
                groups.setdefault(pair.prompt, []).append(pair)
        if len(groups) == 1:
            groups = {str(number): [pair] for number, pair in enumerate(self.pairs)}
        wanted = min(max(round(len(self.pairs) * HELD_OUT_SHARE), 1), MAX_HELD_OUT)
        train: list[Pair] = []
        held_out: list[Pair] = []
        for name in sorted(groups, key=lambda name: _shuffled(seed, name)):
            (held_out if len(held_out) < wanted else train).extend(groups[name])
        return (train, held_out) if train else (held_out[wanted:], held_out[:wanted])


def _shuffled(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()


def read_pairs(path: Path) -> PairFile:
    """Return the pairs in a file.

    Raises InputRefused, naming the line, where one is no pair, and where there are too few.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.") from error
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    pairs = tuple(
        _read_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip()
    )
    if len(pairs) < MIN_PAIRS:
        count = f"{len(pairs) or 'no'} pair{'' if len(pairs) == 1 else 's'}"
        raise InputRefused(
            f"{path} holds {count}, and training needs at least {MIN_PAIRS}, "
            "better some hundred. `grue saves preferences` collects those of your adventures."
        )
    return PairFile(path, hashlib.sha256(data).hexdigest(), pairs)


def _read_line(path: Path, number: int, line: bytes) -> Pair:
    def refuse(problem: str) -> InputRefused:
        return InputRefused(f"{path}, line {number}: {problem}")

    try:
        document = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise refuse(f"This is not UTF-8 text. {SAVE_AS_UTF_8}") from error
    except (ValueError, RecursionError) as error:
        raise refuse(
            "This is not JSON. `grue saves preferences` writes such a file, in JSON Lines."
        ) from error
    if not isinstance(document, dict):
        raise refuse("A pair is an object with prompt, chosen and rejected.")
    texts = {name: _text(document, name, refuse) for name in ("prompt", "chosen", "rejected")}
    if texts["chosen"] == texts["rejected"]:
        raise refuse("chosen and rejected are the same text, which says nothing. Remove the line.")
    return Pair(
        prompt=as_prompt(texts["prompt"]),
        chosen=texts["chosen"],
        rejected=texts["rejected"],
        chosen_is_complete=document.get("chosen_ended") not in _INCOMPLETE,
        rejected_is_complete=document.get("rejected_ended") not in _INCOMPLETE,
        adventure=str(document.get("adventure") or ""),
    )


def _text(document: dict[str, Any], name: str, refuse: Any) -> str:
    if name not in document:
        raise refuse(f"There is no {name}. A pair needs prompt, chosen and rejected.")
    value = document[name]
    if not isinstance(value, str):
        raise refuse(
            f"{name} must be a text, not {type(value).__name__}: messages of a chat are no story."
        )
    text = clean(value) if name == "prompt" else normalise(clean(value))
    if not text.strip():
        raise refuse(f"{name} is empty.")
    return text
