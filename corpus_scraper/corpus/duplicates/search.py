"""Search for duplicate passages.

The first in the given order is kept. A passage is a duplicate only of one that is kept, so nothing
is removed for being similar to something that was itself removed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from corpus_scraper.corpus.duplicates.fingerprint_store import TOO_SHORT, FingerprintStore
from corpus_scraper.corpus.duplicates.fingerprints import jaccard
from corpus_scraper.corpus.ngrams import Hashes

MAX_LEADERS = 16
"""Passages of one band that each other one is compared with: a thousand alike need not be compared
a million times, for nearly all are like the first."""

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Which passages are long_enough twice."""

    duplicate_of: Indices
    """By the index of a passage, the index of the one it duplicates; -1 where it is unique."""
    exact: NDArray[np.bool_]
    """Whether it is an exact duplicate."""
    compared: int
    """How many pairs were compared."""


def find_duplicates(store: FingerprintStore, order: Indices, threshold: float) -> Duplicates:
    """Return the duplicates among the passages on `store`, those first in `order` being kept.

    Two passages are alike from the share `threshold` of common word sequences on.
    """
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    of = np.full(len(order), -1, np.int64)
    numbers = store.exact()
    long_enough = numbers != TOO_SHORT
    compared = 0
    for same in _runs(numbers, rank, long_enough):
        for other in same[1:]:
            compared += 1
            if store.text(other) == store.text(same[0]):
                of[other] = same[0]
    exact = of >= 0
    pairs, near = _near_duplicates(store, rank, long_enough & ~exact, threshold)
    _decide(pairs, rank, of)
    return Duplicates(_kept(of), exact, compared + near)


def _runs(numbers: Hashes, rank: Indices, among: NDArray[np.bool_]) -> Iterator[list[int]]:
    """Yield the passages that share a number, two or more, each run in order of rank."""
    places = np.flatnonzero(among)
    by_number = places[np.lexsort((rank[places], numbers[places]))]
    ends = np.flatnonzero(np.diff(numbers[by_number])) + 1
    starts = np.concatenate(([0], ends))
    lengths = np.diff(np.concatenate((starts, [len(by_number)])))
    for start, length in zip(starts[lengths > 1], lengths[lengths > 1], strict=True):
        yield by_number[start : start + length].tolist()


def _near_duplicates(
    store: FingerprintStore, rank: Indices, among: NDArray[np.bool_], threshold: float
) -> tuple[dict[int, list[int]], int]:
    """Return for each passage those before it that are like it, and how many were compared."""
    judged: dict[tuple[int, int], bool] = {}
    text = lru_cache(maxsize=2 * MAX_LEADERS)(store.text)
    for band in range(store.bands):
        for run in _runs(store.band(band), rank, among):
            representatives: list[int] = []
            for each in run:
                for representative in representatives:
                    pair = (representative, each)
                    if pair not in judged:
                        judged[pair] = jaccard(text(representative), text(each)) >= threshold
                    if judged[pair]:
                        break
                else:
                    if len(representatives) < MAX_LEADERS:
                        representatives.append(each)
    pairs: dict[int, list[int]] = defaultdict(list)
    for (representative, each), same in judged.items():
        if same:
            pairs[each].append(representative)
    return pairs, len(judged)


def _decide(pairs: dict[int, list[int]], rank: Indices, of: Indices) -> None:
    """Write into `of` what each passage with a like one before it repeats, if that is kept."""

    def place(passage: int) -> int:
        return int(rank[passage])

    for each in sorted(pairs, key=place):
        kept: Sequence[int] = [before for before in pairs[each] if of[before] < 0]
        if kept:
            of[each] = min(kept, key=place)


def _kept(of: Indices) -> Indices:
    """Return `of` with each exact duplicate mapped to the passage that is kept in the end."""
    through = np.where(of >= 0, of[of], -1)
    return np.where(through >= 0, through, of)
