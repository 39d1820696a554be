"""Read preference pairs from a JSON Lines file, and hold some of them out.

The file is what `grue saves preferences` writes, or any other in the standard preference format of
trl: `prompt`, `chosen` and `rejected` are texts.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from dungeon.errors import InputRefused
from training.replies.held_out import hold_out
from training.replies.json_lines import Line, LineForm, parse_lines, read_file

MIN_PAIRS = 4
"""Fewer cannot be divided into pairs to train on and pairs to hold out."""

_FORM = LineForm(
    name="A pair",
    fields="prompt, chosen and rejected",
    origin="`grue saves preferences` writes such a file, in JSON Lines.",
)

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
        return hold_out(
            self.pairs,
            seed,
            lambda pair: pair.adventure or pair.prompt,
            lambda pair: pair.prompt,
        )


def read_pairs(path: Path) -> PairFile:
    """Return the pairs in a file.

    Raises InputRefused, naming the line, where one is no pair, and where there are too few.
    """
    data = read_file(path)
    pairs = tuple(_to_pair(line) for line in parse_lines(path, data, _FORM))
    if len(pairs) < MIN_PAIRS:
        count = f"{len(pairs) or 'no'} pair{'' if len(pairs) == 1 else 's'}"
        raise InputRefused(
            f"{path} holds {count}, and training needs at least {MIN_PAIRS}, "
            "better some hundred. `grue saves preferences` collects those of your adventures."
        )
    return PairFile(path, hashlib.sha256(data).hexdigest(), pairs)


def _to_pair(line: Line) -> Pair:
    prompt = line.prompt()
    chosen, rejected = (line.reply(name, line.value(name)) for name in ("chosen", "rejected"))
    if chosen == rejected:
        raise line.refuse(
            "chosen and rejected are the same text, which says nothing. Remove the line."
        )
    document = line.document
    return Pair(
        prompt,
        chosen,
        rejected,
        chosen_is_complete=document.get("chosen_ended") not in _INCOMPLETE,
        rejected_is_complete=document.get("rejected_ended") not in _INCOMPLETE,
        adventure=str(document.get("adventure") or ""),
    )
