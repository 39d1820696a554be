"""Weight the works and sources of a corpus by repeating or leaving out whole documents.

With a weight of 2 each document is in an epoch twice; with 0.5 every second one is. Which ones
depends only on their order.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.error_words import did_you_mean, in_quotes

MAX_WEIGHT = 100.0

_MAX_LISTED = 12
"""Sources that an error lists."""

_MAX_COMPARED = 5_000
"""Names that an unknown one is compared with: that takes a second."""

_LONGEST_NAME = 32


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """The source and the work of each document of a split."""

    sources: tuple[str, ...]
    works: tuple[str, ...]
    numbers: np.ndarray[Any, Any]
    """Shape (documents, 2), int32: of its source, and of its work."""


@dataclass(frozen=True, slots=True)
class MixedGroup:
    """A source or work with a weight of its own, or with None everything else."""

    name: str | None
    weight: float
    documents: int
    mixed_documents: int
    tokens: int
    mixed_tokens: int

    def describe(self) -> str:
        """Return the numbers in a line of the plan."""
        name = "the rest" if self.name is None else clean_line(self.name)[:_LONGEST_NAME]
        return (
            f"  mix {name} × {self.weight:g}: {self.documents:,} → {self.mixed_documents:,} "
            f"documents, {self.tokens:,} → {self.mixed_tokens:,} tokens per epoch"
        )


@dataclass(frozen=True, slots=True)
class Mixture:
    """How often each document is in an epoch."""

    copies: np.ndarray[Any, Any]
    """Shape (documents,), int64."""
    groups: tuple[MixedGroup, ...]


def parse_weights(values: Iterable[str]) -> dict[str, float]:
    """Return the weights by name of options `NAME=WEIGHT`. Raises InputRefused for anything else.

    A name may have `=` in it.
    """
    weights: dict[str, float] = {}
    for value in values:
        name, _, number = value.rpartition("=")
        try:
            weight = float(number)
        except ValueError:
            weight = math.nan
        if not name or not 0 <= weight <= MAX_WEIGHT:
            raise InputRefused(
                f"--mix {in_quotes(value)} is no weight. Give the name of a work or source and "
                f"a number from 0 to {MAX_WEIGHT:g}, such as --mix stories=2."
            )
        if name in weights:
            raise InputRefused(f"--mix gives {clean_line(name)} two weights. Leave one out.")
        weights[name] = weight
    return weights


def mix(
    names: DocumentNames, tokens: np.ndarray[Any, Any], weights: Mapping[str, float]
) -> Mixture:
    """Return how often documents are in an epoch; `tokens` are those of each document.

    The weight of a work counts before that of its source. Raises InputRefused where a name is
    neither, and where nothing is left.
    """
    _refuse_unknown(weights, names)
    wanted = list(weights)
    by_source = _weight_numbers(names.sources, wanted)[names.numbers[:, 0]]
    by_work = _weight_numbers(names.works, wanted)[names.numbers[:, 1]]
    group = np.where(by_work >= 0, by_work, by_source)
    copies = np.ones(len(group), dtype=np.int64)
    groups = []
    for number, name in [*enumerate(wanted), (-1, None)]:
        weight = weights[name] if name is not None else 1.0
        members = np.flatnonzero(group == number)
        copies[members] = np.diff(np.floor(weight * np.arange(len(members) + 1) + 1e-9))
        if name is not None or len(members):
            groups.append(_group(name, weight, tokens[members], copies[members]))
    if not copies.any():
        raise InputRefused("With these weights of --mix no document is left. Raise one of them.")
    return Mixture(copies, tuple(groups))


def mix_as_asked(
    names: DocumentNames, starts: np.ndarray[Any, Any], values: Sequence[str]
) -> Mixture | None:
    """Return the mixture that options `NAME=WEIGHT` ask for; None without any.

    `starts` are where each document starts, in tokens, and where the last one ends. Raises
    InputRefused as `parse_weights` and `mix` do.
    """
    return mix(names, np.diff(starts), parse_weights(values)) if values else None


def _group(
    name: str | None, weight: float, tokens: np.ndarray[Any, Any], copies: np.ndarray[Any, Any]
) -> MixedGroup:
    return MixedGroup(
        name,
        weight,
        len(tokens),
        int(copies.sum()),
        int(tokens.sum()),
        int((tokens * copies).sum()),
    )


def _weight_numbers(names: Sequence[str], wanted: Sequence[str]) -> np.ndarray[Any, Any]:
    """Return for each name the place of its weight, or -1."""
    places = {name: number for number, name in enumerate(wanted)}
    return np.asarray([places.get(name, -1) for name in names], dtype=np.int64)


def _refuse_unknown(weights: Mapping[str, float], names: DocumentNames) -> None:
    known = {*names.sources, *names.works}
    for name in weights:
        if name not in known:
            listed = ", ".join(map(clean_line, names.sources[:_MAX_LISTED]))
            hint = did_you_mean(name, (*names.sources, *names.works)[:_MAX_COMPARED])
            raise InputRefused(
                f"--mix: the corpus has no work or source {in_quotes(name)}.{hint} "
                f"The sources are: {listed}."
            )


class NameCollector:
    """Collects the names of documents while they are encoded."""

    def __init__(self) -> None:
        self._sources: dict[str, int] = {}
        self._works: dict[str, int] = {}
        self._numbers: list[tuple[int, int]] = []

    def add(self, source: str, work: str) -> None:
        """Add a document."""
        sources, works = self._sources, self._works
        self._numbers.append(
            (sources.setdefault(source, len(sources)), works.setdefault(work, len(works)))
        )

    def names(self) -> DocumentNames:
        """Return the names of all documents so far."""
        numbers = np.asarray(self._numbers, dtype=np.int32).reshape(-1, 2)
        return DocumentNames(tuple(self._sources), tuple(self._works), numbers)


def describe(mixture: Mixture | None) -> Iterator[str]:
    """Yield the lines of the plan; none without weights."""
    if mixture is not None:
        yield from (group.describe() for group in mixture.groups)
