"""The text of a corpus that a model is tuned on next to pairs, so that it forgets less of it.

Pairs say which of two replies is better and nothing about anything else, so that whatever the model
knew beyond them gets worse. InstructGPT mixed its pretraining text in for that reason (PPO-ptx,
Ouyang et al. 2022, arXiv 2203.02155, section 3.5).
"""

import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from training.data import mixture as mixtures
from training.data.corpus import Corpus, nothing_to_train_on
from training.data.mixture import Mixture, mix_as_asked
from training.data.packing import IGNORE_INDEX, PackedRows, Row, pad
from training.data.tokens import encode, token_bytes

MAX_HELD_OUT_ROWS = 32
"""Rows that an evaluation reads: enough to see whether text is kept."""

PAIRS_PER_ROW = 2
"""Pairs for which a row of text is read: about as many tokens of text as of prompts and replies."""

TextBatch = dict[str, torch.Tensor]
"""`input_ids` and `labels`, both (rows, length) int64."""


@dataclass(frozen=True, slots=True)
class Text:
    """A corpus as rows of token ids, one for each document or part of a long one."""

    corpus: Corpus
    train: PackedRows
    held_out: PackedRows
    """Those that an evaluation reads; none where the corpus is too small to hold any out."""
    token_bytes: np.ndarray[Any, Any]
    """Shape (vocab_size,), int32: the bytes of text that each token stands for."""
    rows_per_step: int
    seed: int
    mixture: Mixture | None = None

    def step_part(self, step: int, part: int, parts: int) -> tuple[TextBatch | None, int]:
        """Return part `part` of the `parts` into which the rows of a step are divided, and how many
        labelled tokens the whole step has; None for a part without a row.

        The rows of all steps are an endless series, shuffled anew in every epoch.
        """
        rows = self._step_rows(step)
        tokens = sum(int((row["labels"] != IGNORE_INDEX).sum()) for row in rows)
        mine = rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]
        return (_to_batch(mine) if mine else None), tokens

    def held_out_batches(self) -> Iterator[TextBatch]:
        """Yield the held-out rows, one at a time."""
        return (_to_batch([row]) for row in self.held_out)

    def bytes_of(self, batch: TextBatch) -> int:
        """Return the bytes of text that the labelled tokens of a batch stand for."""
        labels = batch["labels"].numpy()
        return int(self.token_bytes[labels[labels != IGNORE_INDEX]].sum())

    @property
    def tokens_per_step(self) -> float:
        """Tokens with a loss that a step has on average."""
        return self.rows_per_step * self.train.trained_tokens / len(self.train)

    def describe(self) -> list[str]:
        """Return what is trained on, and what is not, as lines of the plan."""
        held_out = len(self.held_out)
        read = f"an evaluation reads {held_out} held-out rows" if held_out else "none is held out"
        return [
            f"{self.corpus.name}: {self.train.trained_tokens:,} tokens of text in "
            f"{len(self.train):,} rows, {self.rows_per_step} of them per step; {read}.",
            *self.corpus.notes,
            *self.train.encoded.left_out.describe(),
            *mixtures.describe(self.mixture),
        ]

    def _step_rows(self, step: int) -> list[Row]:
        count = len(self.train)
        places = range(step * self.rows_per_step, (step + 1) * self.rows_per_step)
        orders = (_order(count, f"{self.seed} {place // count}") for place in places)
        return [
            self.train[order[place % count]] for order, place in zip(orders, places, strict=True)
        ]


def read_text(
    corpus: Corpus,
    tokenizer: Any,
    *,
    max_seq_length: int,
    pairs_per_step: int,
    weights: list[str],
    seed: int,
    cache: Path,
) -> Text:
    """Return a corpus as rows of at most `max_seq_length` tokens; `weights` are those of `--mix`.

    Raises InputRefused where there is nothing to train on.
    """
    train = encode(corpus, "train", tokenizer, cache)
    held_out = encode(corpus, "validation", tokenizer, cache)
    mixture = mix_as_asked(train.names, train.starts, weights)
    rows = pad(train, max_seq_length, mixture.copies if mixture else None)
    if not len(rows):
        raise nothing_to_train_on(corpus.path)
    return Text(
        corpus,
        rows,
        pad(held_out, max_seq_length).take_evenly(MAX_HELD_OUT_ROWS),
        token_bytes(tokenizer),
        rows_per_step=max(1, pairs_per_step // PAIRS_PER_ROW),
        seed=seed,
        mixture=mixture,
    )


@functools.lru_cache(maxsize=2)
def _order(rows: int, seed: str) -> tuple[int, ...]:
    """Return the order of an epoch: that of a large corpus takes longer than a step's rows."""
    order = list(range(rows))
    random.Random(seed).shuffle(order)
    return tuple(order)


def _to_batch(rows: list[Row]) -> TextBatch:
    """Return rows as a batch that is no longer than the longest of their documents.

    A document comes first in its row, and what follows it has no label: as attention is causal, it
    needs no mask.
    """
    labels = np.stack([row["labels"] for row in rows])
    length = int(np.flatnonzero((labels != IGNORE_INDEX).any(axis=0)).max()) + 1
    ids = np.stack([row["input_ids"] for row in rows])[:, :length]
    return {"input_ids": torch.from_numpy(ids), "labels": torch.from_numpy(labels[:, :length])}
