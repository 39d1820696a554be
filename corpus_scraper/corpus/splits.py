"""Provides the splits: which works are learned from, and which are held out to measure.

Whole works are held out, and whole authors, before anything is made of them: two documents of one
story share a beginning, two stories of one author a voice. A work's place depends on the seed and
on its author or name, so that a corpus that grows keeps most of its places. Knows nothing of text.
"""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Split(StrEnum):
    """What a work is for, in the order in which duplicates are kept."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work, as far as its place in a split depends on it."""

    keys: tuple[str, ...]
    """What it must not be parted from: works that share a key are in one split."""
    kind: str
    """Works of each kind are held out, so that what is measured is like what is learned."""
    size: int


MOST_OVER = 1.5
"""How much larger than asked for a split may be for the sake of a work that does not fit."""

ENOUGH = 0.75
"""The share of what was asked for from which a split is not filled up any more."""

HELD_OUT = (Split.TEST, Split.VALIDATION)
"""What is not learned from, but measured on."""


def splits(works: Sequence[Candidate], held_out: float, seed: int) -> list[Split]:
    """Return the split of each work, about `held_out` of every kind in validation and in test.

    Where so few groups are there that a split would take too much, it takes the smallest; one group
    at least is learned.
    """
    placed = [Split.TRAIN] * len(works)
    if not held_out:
        return placed
    by_kind: dict[str, list[list[int]]] = defaultdict(list)
    for group in grouped(work.keys for work in works):
        by_kind[_kind(works, group)].append(group)
    for kind in sorted(by_kind):
        groups = sorted(by_kind[kind], key=lambda group: _draw(works, group, seed))
        sizes = [sum(works[each].size for each in group) for group in groups]
        for at, split in _held(sizes, held_out):
            for each in groups[at]:
                placed[each] = split
    return placed


def _held(sizes: list[int], held_out: float) -> Iterator[tuple[int, Split]]:
    """Yield the groups of one kind that are held out, by their place in the order of the draw."""
    wanted = held_out * sum(sizes)
    free = dict.fromkeys(range(len(sizes)))
    for split in HELD_OUT:
        taken = 0
        for at in tuple(free):
            if taken >= ENOUGH * wanted or len(free) <= 1:
                break
            if taken + sizes[at] <= MOST_OVER * wanted:
                taken += sizes[at]
                del free[at]
                yield at, split
        if not taken and len(free) > 1 and len(sizes) > len(HELD_OUT):
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
