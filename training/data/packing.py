"""Provides `pack()`: encoded documents as rows of one width, and rows as a batch for a model.

Every token that is to be learned is learned once an epoch. A document longer than a row goes on in
another, which repeats its last token to be read; the beginning of a document is read and not
learned. Positions restart with every piece, and `training/trainer/attention.py` keeps pieces
apart. Knows nothing of text or of models.

A row is filled with the longest piece that fits; where none does and the gap is worth it, a piece
is cut to fill it. So rows are more than seven eighths full: fewer truncations (arXiv 2404.10830)
and hardly any padding.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from training.data.tokens import Encoded

IGNORED = -100
"""The label of what is not learned, as every loss in transformers has it."""

_WORTH_CUTTING = 8
"""A gap of more than one part in so many of a row is filled with a piece that is cut for it."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one document's tokens; its first token is read and not learned."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Rows(Sequence[Row]):
    """Rows of `width` tokens. A row is put together when it is asked for."""

    encoded: Encoded
    width: int
    rows: tuple[tuple[Piece, ...], ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        """Return a row: its ids, its labels, and where in the row each piece begins."""
        ids = np.full(self.width, self.encoded.end_of_text, dtype=np.int64)
        labels = np.full(self.width, IGNORED, dtype=np.int64)
        starts = []
        at = 0
        for piece in self.rows[place]:
            taken = slice(piece.start, piece.start + piece.length)
            tokens = self.encoded.ids[taken].astype(np.int64)
            ids[at : at + piece.length] = tokens
            learned = np.where(self.encoded.learned[taken], tokens, IGNORED)
            learned[0] = IGNORED
            labels[at : at + piece.length] = learned
            starts.append(at)
            at += piece.length
        if at < self.width:
            starts.append(
                at
            )  # what is left over is a piece of its own, and nothing of it is learned
        return {"input_ids": ids, "labels": labels, "starts": starts}

    def evened(self, batch: int) -> "Rows":
        """Return the same with empty rows at the end, so that every batch of an epoch is whole.

        Else the last one would be smaller, and several processes would get some rows twice.
        """
        return replace(self, rows=self.rows + ((),) * (-len(self.rows) % batch))

    def spread(self, count: int) -> "Rows":
        """Return `count` of the rows, evenly spread; all where there are no more."""
        total = len(self.rows)
        if count >= total:
            return self
        return replace(self, rows=tuple(self.rows[at * total // count] for at in range(count)))

    @property
    def filled(self) -> float:
        """The share of the rows that holds tokens of documents."""
        held = sum(piece.length for row in self.rows for piece in row)
        return held / (len(self.rows) * self.width) if self.rows else 1.0

    @property
    def learned(self) -> int:
        """How many tokens are learned in one epoch."""
        return sum(
            int(self.encoded.learned[p.start + 1 : p.start + p.length].sum())
            for row in self.rows
            for p in row
        )


def pack(encoded: Encoded, width: int) -> Rows:
    """Return the documents as rows of `width`."""
    pieces = [piece for place in range(encoded.documents) for piece in _cut(encoded, place, width)]
    return Rows(encoded, width, tuple(_filled(pieces, width)))


def one_a_row(encoded: Encoded, width: int) -> Rows:
    """Return each piece as a row of its own, for models whose attention mixes documents."""
    pieces = [piece for place in range(encoded.documents) for piece in _cut(encoded, place, width)]
    return Rows(encoded, width, tuple((piece,) for piece in pieces))


def collate(rows: Sequence[Row]) -> Row:
    """Return rows as a batch: ids, labels, positions, and where documents begin, for attention.

    The borders are filled up to a power of two with empty documents, so that a compiled block meets
    few shapes.
    """
    ids = torch.from_numpy(np.stack([row["input_ids"] for row in rows]))
    labels = torch.from_numpy(np.stack([row["labels"] for row in rows]))
    width = ids.shape[1]
    starts = [start + n * width for n, row in enumerate(rows) for start in row["starts"]]
    total = len(rows) * width
    lengths = np.diff([*starts, total])
    positions = np.arange(total) - np.repeat(starts, lengths)
    size = 1 << (len(starts) - 1).bit_length()
    borders = torch.tensor(starts + [total] * (size + 1 - len(starts)), dtype=torch.int32)
    return {
        "input_ids": ids,
        "labels": labels,
        "position_ids": torch.from_numpy(positions.reshape(len(rows), width)),
        "cu_seq_lens_q": borders,
        "max_length_q": width,
    }


def _cut(encoded: Encoded, place: int, width: int) -> Iterator[Piece]:
    """Yield the pieces of one document that hold something to learn.

    What is only read before it is kept to half a row, so that there is room to learn.
    """
    begin, end = int(encoded.starts[place]), int(encoded.starts[place + 1])
    learned = np.flatnonzero(encoded.learned[begin:end]) + begin
    at = begin
    while True:
        ahead = learned[np.searchsorted(learned, at + 1) :]
        if not len(ahead):
            return
        at = max(at, int(ahead[0]) - width // 2)
        length = min(width, end - at)
        yield Piece(at, length)
        at += length - 1


def _filled(pieces: list[Piece], width: int) -> Iterator[tuple[Piece, ...]]:
    """Yield rows, each filled with the longest pieces that fit."""
    pool: dict[int, list[Piece]] = {}
    for piece in reversed(pieces):
        pool.setdefault(piece.length, []).append(piece)
    lengths = sorted(pool)
    while lengths:
        row: list[Piece] = []
        gap = width
        while gap > 1 and lengths:
            fits = bisect_right(lengths, gap)
            if fits:
                piece = _taken(pool, lengths, lengths[fits - 1])
            elif gap * _WORTH_CUTTING > width:
                whole = _taken(pool, lengths, lengths[0])
                piece = Piece(whole.start, gap)
                rest = Piece(whole.start + gap - 1, whole.length - gap + 1)
                if rest.length not in pool:
                    insort(lengths, rest.length)
                pool.setdefault(rest.length, []).append(rest)
            else:
                break
            row.append(piece)
            gap -= piece.length
        yield tuple(row)


def _taken(pool: dict[int, list[Piece]], lengths: list[int], length: int) -> Piece:
    """Return a piece of `length`, which is no longer in the pool then."""
    found = pool[length].pop()
    if not pool[length]:
        del pool[length]
        lengths.remove(length)
    return found
