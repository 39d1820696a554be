"""Provides Draw, which chooses one token after the other as llama.cpp does, and in its order:
penalties, top_k, top_p, min_p, temperature.

Works on arrays of logits. Knows nothing of the engine they come from.
"""

import math
from collections.abc import Sequence, Set

import numpy as np
import numpy.typing as npt

from dungeon.generator.repetition_penalties import dry_penalties, recent
from dungeon.sampling import Sampling

Logits = npt.NDArray[np.float32]


class Sampler:
    """The choices of one reply: the same seed and logits give the same tokens."""

    def __init__(
        self, sampling: Sampling, seed: int, prompt: Sequence[int], breakers: Set[int]
    ) -> None:
        """`breakers` are the tokens over which no repeated sequence reaches."""
        self._sampling = sampling
        self._history = list(prompt)
        self._breakers = breakers
        self._chance = np.random.default_rng(abs(seed))

    def next(self, logits: Logits) -> int:
        """Return the next token and remember it."""
        values = self.penalised(logits)
        greedy = self._sampling.temperature <= 0
        token = int(values.argmax()) if greedy else self._drawn(values)
        self._history.append(token)
        return token

    def penalised(self, logits: Logits) -> Logits:
        """Return the logits with what repetition costs taken off."""
        sampling = self._sampling
        values = logits.copy()
        if sampling.repeat_penalty != 1:
            tokens = list(recent(self._history, sampling.repeat_last_n))
            old = values[tokens]
            penalty = sampling.repeat_penalty
            values[tokens] = np.where(old > 0, old / penalty, old * penalty)
        costs = dry_penalties(
            self._history, sampling.dry_multiplier, sampling.dry_allowed_length, self._breakers
        )
        for token, cost in costs.items():
            values[token] -= cost
        return values

    def left(self, values: Logits) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """Return the tokens that top_k, top_p and min_p leave, likeliest first, and their chances
        before temperature, as shares of what top_k leaves.
        """
        sampling = self._sampling
        tokens, highest = np.arange(len(values)), values.max()
        if 0 < sampling.top_k < len(values):
            tokens = np.argpartition(values, -sampling.top_k)[-sampling.top_k :]
            values = values[tokens]
        chances = np.exp(values - highest)
        whole = chances.sum(dtype=np.float64)
        if sampling.min_p > 0:  # first, because little is left to be sorted; it changes nothing
            likely = chances >= sampling.min_p
            tokens, chances = tokens[likely], chances[likely]
        order = np.argsort(-chances, kind="stable")
        tokens, chances = tokens[order], chances[order].astype(np.float64) / whole
        if sampling.top_p < 1:
            kept = int((chances.cumsum() < sampling.top_p).sum()) + 1
            tokens, chances = tokens[:kept], chances[:kept]
        return tokens, chances

    def _drawn(self, values: Logits) -> int:
        tokens, chances = self.left(values)
        logs = np.log(chances) / self._sampling.temperature
        weights = np.exp(logs - logs.max())
        if not math.isfinite(weights.sum()):
            return int(tokens[0])
        return int(self._chance.choice(tokens, p=weights / weights.sum()))
