"""The text of a corpus that a model is tuned on next to pairs, so that it forgets less of it.

Pairs say which of two replies is better and nothing about anything else, so that whatever the model
knew beyond them gets worse. InstructGPT mixed its pretraining text in for that reason (PPO-ptx,
Ouyang et al. 2022, arXiv 2203.02155, section 3.5).
"""

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dungeon.errors import InputRefused
from training.data.corpus import Corpus
from training.data.mixture import mix, parse_weights
from training.data.packing import IGNORE_INDEX, PackedRows, pad
from training.data.tokens import encode, token_bytes

MAX_HELD_OUT_ROWS = 32
"""Rows that an evaluation reads: enough to see whether text is kept."""

PAIRS_PER_ROW = 2
"""Pairs for which a row of text is read: about as many tokens of text as of replies and prompts."""

TextBatch = dict[str, torch.Tensor]
"""`input_ids` and `labels`, both (rows, length) int64."""


@dataclass(frozen=True, slots=True)
class Text:
    """A corpus as rows of token ids, one for each document or part of a long one."""

    corpus: Corpus
    train: PackedRows
    held_out: PackedRows
    token_bytes: np.ndarray[Any, Any]
    """Shape (vocab_size,), int32: the bytes of text that each token stands for."""

    def batch(self, number: int, size: int, seed: int) -> TextBatch:
        """Return `size` training rows: batch `number` of an endless, shuffled series."""
        places = range(number * size, (number + 1) * size)
        epochs = {place // len(self.train) for place in places}
        orders = {epoch: _order(len(self.train), f"{seed} {epoch}") for epoch in epochs}
        rows = (orders[place // len(self.train)][place % len(self.train)] for place in places)
        return _to_batch([self.train[row] for row in rows])

    def held_out_batches(self, size: int) -> list[TextBatch]:
        """Return the held-out rows, `size` at a time."""
        rows = self.held_out
        return [
            _to_batch([rows[n] for n in range(start, min(start + size, len(rows)))])
            for start in range(0, len(rows), size)
        ]

    def bytes_of(self, batch: TextBatch) -> int:
        """Return the bytes of text that the labelled tokens of a batch stand for."""
        labels = batch["labels"][:, 1:].numpy()
        return int(self.token_bytes[labels[labels != IGNORE_INDEX]].sum())


def read_text(
    corpus: Corpus, tokenizer: Any, *, max_seq_length: int, weights: list[str], cache: Path
) -> Text:
    """Return a corpus as rows of at most `max_seq_length` tokens; `weights` are those of `--mix`.

    Raises InputRefused where there is nothing to train on.
    """
    train, held_out = (encode(corpus, split, tokenizer, cache) for split in ("train", "validation"))
    copies = None
    if weights:
        copies = mix(train.names, np.diff(train.starts), parse_weights(weights)).copies
    rows = pad(train, max_seq_length, copies)
    if not len(rows):
        raise InputRefused(
            f"There is nothing to train on in {corpus.path}: no document has more than one token "
            "that is trained on. Build it again with more stories."
        )
    held_out_rows = pad(held_out, max_seq_length).take_evenly(MAX_HELD_OUT_ROWS)
    return Text(corpus, rows, held_out_rows, token_bytes(tokenizer))


def rows_per_batch(pairs: int) -> int:
    """Return how many rows of text are read with a micro-batch of so many pairs."""
    return max(1, pairs // PAIRS_PER_ROW)


def _order(rows: int, seed: str) -> list[int]:
    order = list(range(rows))
    random.Random(seed).shuffle(order)
    return order


def _to_batch(rows: list[dict[str, Any]]) -> TextBatch:
    """Return rows as a batch that is no longer than the longest of their documents.

    A document comes first in its row, and what follows it has no label: as attention is causal, it
    needs no mask.
    """
    labels = np.stack([row["labels"] for row in rows])
    length = int(np.flatnonzero((labels != IGNORE_INDEX).any(axis=0)).max()) + 1
    ids = np.stack([row["input_ids"] for row in rows])[:, :length]
    return {"input_ids": torch.from_numpy(ids), "labels": torch.from_numpy(labels[:, :length])}
