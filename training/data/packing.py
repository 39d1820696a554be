"""Pack encoded documents into rows of equal length, and collate rows into batches.

Every token with a loss is trained on exactly once per epoch. A document that is longer than a row
continues in another one, which repeats its last token as context; the first token of a document
has no context and is not trained on. Position ids restart with every segment, and
`training/trainer/attention.py` keeps segments apart.

A row is filled with the longest segment that fits; where none fits and the gap is large, a segment
is cut to fill it. Rows are then more than seven eighths full: fewer truncations (arXiv 2404.10830)
and hardly any padding.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from training.data.corpus import take_evenly
from training.data.tokens import EncodedSplit

IGNORE_INDEX = -100
"""The label of tokens without a loss, as in PyTorch and transformers."""

_MIN_GAP = 8
"""Gaps above 1/8 of a row are filled by cutting a segment."""

Row = dict[str, Any]
"""`input_ids` and `labels`, both (max_seq_length,) int64, and `starts`, the list of positions at
which segments begin."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of one document's tokens; its first token is context only."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class PackedRows(Sequence[Row]):
    """Rows of `max_seq_length` tokens, assembled when they are indexed."""

    encoded: EncodedSplit
    max_seq_length: int
    segments: tuple[tuple[Segment, ...], ...]
    """The segments of each row."""

    def __len__(self) -> int:
        return len(self.segments)

    def __getitem__(self, index: Any) -> Any:
        """Return row `index`. Padding is a segment of its own, of end-of-text ids without loss."""
        ids = np.full(self.max_seq_length, self.encoded.end_of_text, dtype=np.int64)
        labels = np.full(self.max_seq_length, IGNORE_INDEX, dtype=np.int64)
        starts = []
        position = 0
        for segment in self.segments[index]:
            source = slice(segment.start, segment.start + segment.length)
            target = slice(position, position + segment.length)
            ids[target] = self.encoded.ids[source]
            labels[target] = np.where(self.encoded.loss_mask[source], ids[target], IGNORE_INDEX)
            labels[position] = IGNORE_INDEX
            starts.append(position)
            position += segment.length
        if position < self.max_seq_length:
            starts.append(position)
        return {"input_ids": ids, "labels": labels, "starts": starts}

    def pad_to_multiple(self, batch_size: int) -> "PackedRows":
        """Return the rows with empty ones appended, so that every batch of an epoch is full.

        Otherwise the last batch is smaller, and several processes receive some rows twice.
        """
        return replace(self, segments=self.segments + ((),) * (-len(self) % batch_size))

    def take_evenly(self, count: int) -> "PackedRows":
        """Return `count` evenly spaced rows, or all where there are no more."""
        return replace(self, segments=tuple(take_evenly(self.segments, count)))

    @property
    def fill_ratio(self) -> float:
        """The share of all positions that hold tokens of documents instead of padding."""
        used = sum(segment.length for row in self.segments for segment in row)
        return used / (len(self) * self.max_seq_length) if self.segments else 1.0

    @property
    def trained_tokens(self) -> int:
        """The number of tokens with a loss in one epoch."""
        return sum(
            int(self.encoded.loss_mask[s.start + 1 : s.start + s.length].sum())
            for row in self.segments
            for s in row
        )


Copies = np.ndarray[Any, Any] | None
"""How often each document is there; None stands for once."""


def pack(encoded: EncodedSplit, max_seq_length: int, copies: Copies = None) -> PackedRows:
    """Return the documents packed into rows of `max_seq_length` tokens."""
    segments = list(_segments(encoded, max_seq_length, copies))
    return PackedRows(encoded, max_seq_length, tuple(_best_fit(segments, max_seq_length)))


def pad(encoded: EncodedSplit, max_seq_length: int, copies: Copies = None) -> PackedRows:
    """Return one padded row per segment, for models whose attention would mix documents."""
    segments = _segments(encoded, max_seq_length, copies)
    return PackedRows(encoded, max_seq_length, tuple((segment,) for segment in segments))


def collate(rows: Sequence[Row]) -> Row:
    """Return rows as a batch.

    `input_ids`, `labels` and `position_ids` are (batch, max_seq_length) int64. `cu_seq_lens_q` is
    int32 and holds where segments start in the flattened batch, then the total. It is padded with
    empty segments to a power of two plus one, so that a compiled layer meets few shapes.
    `max_length_q` is an upper bound for the length of a segment.
    """
    ids = torch.from_numpy(np.stack([row["input_ids"] for row in rows]))
    labels = torch.from_numpy(np.stack([row["labels"] for row in rows]))
    batch, length = ids.shape
    starts = [start + n * length for n, row in enumerate(rows) for start in row["starts"]]
    total = batch * length
    positions = np.arange(total) - np.repeat(starts, np.diff([*starts, total]))
    size = 1 << (len(starts) - 1).bit_length()
    cu_seq_lens = torch.tensor(starts + [total] * (size + 1 - len(starts)), dtype=torch.int32)
    return {
        "input_ids": ids,
        "labels": labels,
        "position_ids": torch.from_numpy(positions.reshape(batch, length)),
        "cu_seq_lens_q": cu_seq_lens,
        "max_length_q": length,
    }


def _segments(encoded: EncodedSplit, max_seq_length: int, copies: Copies) -> Iterator[Segment]:
    """Yield the segments of all documents that contain tokens with a loss."""
    borders = zip(encoded.starts[:-1].tolist(), encoded.starts[1:].tolist(), strict=True)
    for number, (begin, end) in enumerate(borders):
        times = 1 if copies is None else int(copies[number])
        if times:
            yield from times * tuple(_document_segments(encoded, begin, end, max_seq_length))


def _document_segments(
    encoded: EncodedSplit, begin: int, end: int, max_seq_length: int
) -> Iterator[Segment]:
    """Yield the segments of one document.

    Context before those is limited to half a row, which leaves room to train.
    """
    trained = np.flatnonzero(encoded.loss_mask[begin:end]) + begin
    start = begin
    while len(ahead := trained[np.searchsorted(trained, start + 1) :]):
        start = max(start, int(ahead[0]) - max_seq_length // 2)
        length = min(max_seq_length, end - start)
        yield Segment(start, length)
        start += length - 1


def _best_fit(segments: list[Segment], max_seq_length: int) -> Iterator[tuple[Segment, ...]]:
    """Yield rows, each filled with the longest segments that fit."""
    pool: dict[int, list[Segment]] = {}
    for segment in reversed(segments):
        pool.setdefault(segment.length, []).append(segment)
    lengths = sorted(pool)
    while lengths:
        row: list[Segment] = []
        gap = max_seq_length
        while gap > 1 and lengths:
            fits = bisect_right(lengths, gap)
            if fits:
                segment = _pop(pool, lengths, lengths[fits - 1])
            elif gap * _MIN_GAP > max_seq_length:
                whole = _pop(pool, lengths, lengths[0])
                segment = Segment(whole.start, gap)
                rest = Segment(whole.start + gap - 1, whole.length - gap + 1)
                if rest.length not in pool:
                    insort(lengths, rest.length)
                pool.setdefault(rest.length, []).append(rest)
            else:
                break
            row.append(segment)
            gap -= segment.length
        yield tuple(row)


def _pop(pool: dict[int, list[Segment]], lengths: list[int], length: int) -> Segment:
    """Remove a segment of `length` from the pool and return it."""
    segment = pool[length].pop()
    if not pool[length]:
        del pool[length]
        lengths.remove(length)
    return segment
