"""Pack encoded documents into rows of equal length, and collate rows into batches.

Every token with a loss is trained on exactly once per epoch. A document that is longer than a row
continues in another one, which repeats its last token as context, behind the memory where it has
one: the game's prompts begin with it as well. The first token of a document has no context and is
not trained on. Position ids restart with every segment, and
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

MEMORY_SHARE = 0.4
"""Maximum share of a row for a repeated memory, as in the game's prompts; a longer one is cut at
its beginning."""

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
    memory: tuple[int, int] = (0, 0)
    """Where the memory of its document begins and ends, as far as it is repeated."""

    @property
    def front(self) -> int:
        """Tokens of memory that are repeated before it; none where it holds the memory itself."""
        begin, end = self.memory
        return end - begin if self.start >= end else 0

    @property
    def size(self) -> int:
        """All its tokens."""
        return self.front + self.length

    def cut(self, size: int) -> "tuple[Segment, Segment] | None":
        """Return it as a segment of `size` tokens and the rest, or None where that is impossible.

        The memory is not cut: the rest repeats it.
        """
        length = size - self.front
        if length < 2 or (not self.front and self.start + length <= self.memory[1]):
            return None
        rest = replace(self, start=self.start + length - 1, length=self.length - length + 1)
        return replace(self, length=length), rest


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
            starts.append(position)
            front = slice(segment.memory[0], segment.memory[0] + segment.front)
            ids[position : position + segment.front] = self.encoded.ids[front]
            position += segment.front
            source = slice(segment.start, segment.start + segment.length)
            target = slice(position, position + segment.length)
            ids[target] = self.encoded.ids[source]
            labels[target] = np.where(self.encoded.loss_mask[source], ids[target], IGNORE_INDEX)
            labels[position] = IGNORE_INDEX
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
        used = sum(segment.size for row in self.segments for segment in row)
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
        memory_end = begin + (0 if encoded.memory is None else int(encoded.memory[number]))
        memory_begin = max(begin, memory_end - int(MEMORY_SHARE * max_seq_length))
        if times:
            trained = np.flatnonzero(encoded.loss_mask[begin:end]) + begin
            segments = _document_segments(
                trained, begin, end, (memory_begin, memory_end), max_seq_length
            )
            yield from times * tuple(segments)


def _document_segments(
    trained: np.ndarray[Any, Any],
    begin: int,
    end: int,
    memory: tuple[int, int],
    max_seq_length: int,
) -> Iterator[Segment]:
    """Yield the segments of one document, whose `trained` tokens have a loss.

    Context before those is limited to half a row, which leaves room to train.
    """
    start = begin
    while len(ahead := trained[np.searchsorted(trained, start + 1) :]):
        start = max(start, int(ahead[0]) - max_seq_length // 2)
        if memory[0] < start < memory[1]:
            start = memory[0]
        front = Segment(start, 0, memory).front
        if front:  # of the context, the memory is a part
            start = max(start, int(ahead[0]) - max_seq_length // 2 + front)
        length = min(max_seq_length - front, end - start)
        yield Segment(start, length, memory)
        start += length - 1


def _best_fit(segments: list[Segment], max_seq_length: int) -> Iterator[tuple[Segment, ...]]:
    """Yield rows, each filled with the longest segments that fit."""
    pool: dict[int, list[Segment]] = {}
    for segment in reversed(segments):
        pool.setdefault(segment.size, []).append(segment)
    lengths = sorted(pool)
    while lengths:
        row: list[Segment] = []
        gap = max_seq_length
        while gap > 1 and lengths:
            fits = bisect_right(lengths, gap)
            if fits:
                segment = _pop(pool, lengths, lengths[fits - 1])
            elif gap * _MIN_GAP > max_seq_length and (parts := pool[lengths[0]][-1].cut(gap)):
                _pop(pool, lengths, lengths[0])
                segment, rest = parts
                if rest.size not in pool:
                    insort(lengths, rest.size)
                pool.setdefault(rest.size, []).append(rest)
            else:
                break
            row.append(segment)
            gap -= segment.size
        yield tuple(row)


def _pop(pool: dict[int, list[Segment]], lengths: list[int], length: int) -> Segment:
    """Remove a segment of `length` from the pool and return it."""
    segment = pool[length].pop()
    if not pool[length]:
        del pool[length]
        lengths.remove(length)
    return segment
