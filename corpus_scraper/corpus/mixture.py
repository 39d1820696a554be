"""Limit the share of each work in the training split.

A work over its share keeps its beginning, up to the end of a paragraph.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus_scraper.documents.paths import Span
from dungeon.transcript import ACTION_MARK, SEPARATOR


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each work is kept, in characters."""

    kept: tuple[int, ...]
    impossible: bool = False
    """Whether there are too few works for the share; then all are kept whole."""


def limits(points: Sequence[Sequence[int]], share: float) -> Limits:
    """Return how much of each work to keep, so that none is more than `share` of all that is kept.

    `points` are where each work may be cut, rising, the last its whole length.
    """
    kept = [of[-1] if of else 0 for of in points]
    whole = Limits(tuple(kept), impossible=any(kept))
    while (most := int(share * sum(kept))) < max(kept, default=0):
        if sum(size > 0 for size in kept) * share < 1:
            return whole
        most = min(most, _level(kept, share))
        kept = [
            _cut_at(of, most) if size > most else size
            for of, size in zip(points, kept, strict=True)
        ]
    return Limits(tuple(kept))


def _level(sizes: Sequence[int], share: float) -> int:
    """Return the greatest size to which `sizes` can be cut so that none is more than its share."""
    ordered = sorted(sizes)
    total = below = 0
    for at, size in enumerate(ordered):
        room = 1 - share * (len(ordered) - at)
        # All from here on are cut to one size: it is at most share * (total + those * size).
        if room > 0 and share * total / room < size:
            return max(below, int(share * total / room))
        total += size
        below = size
    return below


def _cut_at(points: Sequence[int], most: int) -> int:
    at = bisect_right(points, most)
    return points[at - 1] if at else 0


def cut_points(spans: Sequence[Span]) -> Iterator[int]:
    """Yield after how many trained characters a document may end: where a paragraph does.

    Not after an action line, whose answer would be missing.
    """
    before = 0
    for span in spans:
        if not span.train:
            continue
        at = 0
        while (end := span.text.find(SEPARATOR, max(at, 1))) >= 0:
            if not span.text.startswith(ACTION_MARK, _paragraph(span.text, end)):
                yield before + end
            at = end + len(SEPARATOR)
        before += len(span.text)
    if before:
        yield before


def _paragraph(text: str, end: int) -> int:
    """Return where the paragraph that ends at `end` begins."""
    start = text.rfind(SEPARATOR, 0, end)
    return start + len(SEPARATOR) if start >= 0 else 0


def cut(spans: Sequence[Span], keep: int) -> tuple[Span, ...]:
    """Return the beginning of a document with `keep` trained characters."""
    kept: list[Span] = []
    for span in spans:
        if keep <= 0:
            break
        if span.train:
            span = Span(span.text[:keep], train=True)
            keep -= len(span.text)
        kept.append(span)
    return tuple(kept)
