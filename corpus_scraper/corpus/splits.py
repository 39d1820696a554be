"""Assign works to the train, validation and test splits.

Whole works and whole authors are held out: documents of one story share their beginnings, stories
of one author a voice. The split of a work depends on the seed and on its author or name, so a
growing corpus keeps most of its assignments.
"""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Split(StrEnum):
    """The splits, in the order in which duplicates are kept."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work, as far as its place in a split depends on it."""

    keys: tuple[str, ...]
    """Works that share a key are in the same split."""
    kind: str
    """Works of each kind are held out, so that held-out text resembles the training text."""
    size: int


MAX_EXCESS = 1.5
"""How much larger than asked for a split may be for the sake of a work that does not fit."""

ENOUGH = 0.75
"""The share of what was asked for from which a split is not filled up any more."""

HOLDOUT_SPLITS = (Split.TEST, Split.VALIDATION)
"""Splits that are not trained on."""


def splits(works: Sequence[Candidate], holdout_fraction: float, seed: int) -> list[Split]:
    """Assign each work to a split, `holdout_fraction` of every kind to validation and to test.

    With too few groups, a split takes the smallest one; at least one group is trained on.
    """
    assigned = [Split.TRAIN] * len(works)
    if not holdout_fraction:
        return assigned
    by_kind: dict[str, list[list[int]]] = defaultdict(list)
    for group in grouped(work.keys for work in works):
        by_kind[_kind(works, group)].append(group)
    for kind in sorted(by_kind):
        groups = sorted(by_kind[kind], key=lambda group: _draw(works, group, seed))
        sizes = [sum(works[each].size for each in group) for group in groups]
        for at, split in _select_holdout(sizes, holdout_fraction):
            for each in groups[at]:
                assigned[each] = split
    return assigned


def _select_holdout(sizes: list[int], holdout_fraction: float) -> Iterator[tuple[int, Split]]:
    """Yield the groups of one kind that are held out, by their place in the order of the draw."""
    wanted = holdout_fraction * sum(sizes)
    free = dict.fromkeys(range(len(sizes)))
    for split in HOLDOUT_SPLITS:
        taken = 0
        for at in tuple(free):
            if taken >= ENOUGH * wanted or len(free) <= 1:
                break
            if taken + sizes[at] <= MAX_EXCESS * wanted:
                taken += sizes[at]
                del free[at]
                yield at, split
        if not taken and len(free) > 1 and len(sizes) > len(HOLDOUT_SPLITS):
            at = min(free, key=lambda place: sizes[place])
            del free[at]
            yield at, split


def grouped(keys: Iterable[Iterable[Hashable]]) -> list[list[int]]:
    """Return the places of `keys` in groups, so that no two groups have a key in common."""
    parent: list[int] = []
    first: dict[Hashable, int] = {}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for place, own in enumerate(keys):
        parent.append(place)
        for key in own:
            one, other = root(first.setdefault(key, place)), root(place)
            parent[max(one, other)] = min(one, other)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in range(len(parent)):
        groups[root(place)].append(place)
    return list(groups.values())


def _kind(works: Sequence[Candidate], group: list[int]) -> str:
    """Return the kind that most of a group is."""
    sizes: dict[str, int] = defaultdict(int)
    for each in group:
        sizes[works[each].kind] += works[each].size
    return max(sorted(sizes), key=lambda kind: sizes[kind])


def _draw(works: Sequence[Candidate], group: list[int], seed: int) -> tuple[bytes, str]:
    """Return what decides the order of a group, the same wherever its works stand."""
    name = min(key for each in group for key in works[each].keys)
    return hashlib.sha256(f"{seed}\n{name}".encode()).digest(), name
