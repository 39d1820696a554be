"""Sample tokens as llama.cpp does, in its order: repeat penalty, DRY, top_k, top_p, min_p,
temperature.

Logits are float32 arrays of shape (vocabulary,), from whatever engine.
"""

import math
from collections.abc import Sequence, Set
from itertools import islice

import numpy as np
import numpy.typing as npt

from dungeon.generator.token_scores import MAX_ALTERNATIVES
from dungeon.settings.sampling import Sampling

Logits = npt.NDArray[np.float32]
"""(vocabulary,), before softmax"""

_DRY_BASE = 1.75
"""The factor of the DRY penalty for each further token of a repeated sequence, as in llama.cpp."""

_DRY_MAX_LENGTH = 50
"""Tokens of a sequence that are compared; by then the penalty excludes any token."""


class Sampler:
    """The sampler of one reply: the same seed and logits give the same tokens."""

    def __init__(
        self,
        sampling: Sampling,
        seed: int,
        prompt: Sequence[int],
        dry_breakers: Set[int],
        *,
        banned: Set[int] = frozenset(),
    ) -> None:
        """`prompt` is the beginning of the history that the penalties look at; no repeated sequence
        reaches over one of the `dry_breakers`; none of the `banned` is sampled. All are token ids.
        """
        self._sampling = sampling
        self._history = list(prompt)
        self._dry_breakers = dry_breakers
        self._banned = sorted(banned)
        self._rng = np.random.default_rng(abs(seed))
        self.others: list[tuple[int, float]] = []
        """What the last `next` could have returned instead, likeliest first, each token id with its
        probability: at most MAX_ALTERNATIVES."""

    def next(self, logits: Logits) -> int:
        """Return the next token id, and add it to the history."""
        logits = self.penalise(logits)
        is_greedy = self._sampling.temperature <= 0
        self.others = []
        token = int(logits.argmax()) if is_greedy else self._draw(logits)
        self._history.append(token)
        return token

    def penalise(self, logits: Logits) -> Logits:
        """Return a copy of the logits with the penalties on repetition and the bans applied."""
        sampling = self._sampling
        logits = logits.copy()
        if sampling.repeat_penalty != 1:
            tokens = list(recent_tokens(self._history, sampling.repeat_last_n))
            old = logits[tokens]
            penalty = sampling.repeat_penalty
            logits[tokens] = np.where(old > 0, old / penalty, old * penalty)
        penalties = dry_penalties(
            self._history, sampling.dry_multiplier, sampling.dry_allowed_length, self._dry_breakers
        )
        for token, value in penalties.items():
            logits[token] -= value
        logits[self._banned] = -np.inf
        return logits

    def candidates(self, logits: Logits) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float64]]:
        """Return the token ids that top_k, top_p and min_p leave, likeliest first, and their
        probabilities before temperature, relative to the sum of what top_k leaves.

        Both have the shape (candidates,).
        """
        sampling = self._sampling
        tokens, highest = np.arange(len(logits)), logits.max()
        possible = logits > -np.inf
        if not possible.all():  # guided: a handful, and what follows costs by their number
            tokens, logits = tokens[possible], logits[possible]
        if 0 < sampling.top_k < len(logits):
            tokens = np.argpartition(logits, -sampling.top_k)[-sampling.top_k :]
            logits = logits[tokens]
        weights = np.exp(logits - highest)
        total = weights.sum(dtype=np.float64)
        if sampling.min_p > 0:  # before top_p, so that less is sorted; the result is the same
            is_likely = weights >= sampling.min_p
            tokens, weights = tokens[is_likely], weights[is_likely]
        order = np.argsort(-weights, kind="stable")
        tokens, probabilities = tokens[order], weights[order].astype(np.float64) / total
        if sampling.top_p < 1:
            count = int((probabilities.cumsum() < sampling.top_p).sum()) + 1
            tokens, probabilities = tokens[:count], probabilities[:count]
        return tokens, probabilities

    def _draw(self, logits: Logits) -> int:
        tokens, probabilities = self.candidates(logits)
        with np.errstate(divide="ignore"):  # a probability that underflowed to 0 stays 0
            scaled = np.log(probabilities) / self._sampling.temperature
        weights = np.exp(scaled - scaled.max())
        if not math.isfinite(weights.sum()):
            return int(tokens[0])
        probabilities = weights / weights.sum()
        token = int(self._rng.choice(tokens, p=probabilities))
        likeliest = slice(MAX_ALTERNATIVES + 1)
        listed = zip(tokens[likeliest].tolist(), probabilities[likeliest].tolist(), strict=True)
        others = (other for other in listed if other[0] != token)
        self.others = list(islice(others, MAX_ALTERNATIVES))
        return token


def recent_tokens(history: Sequence[int], last: int) -> set[int]:
    """Return the tokens among the `last` ones of the history; all of them for -1."""
    if last == 0:
        return set()
    return set(history) if last < 0 else set(history[-last:])


def dry_penalties(
    history: Sequence[int], multiplier: float, allowed: int, breakers: Set[int]
) -> dict[int, float]:
    """Return what to subtract from the logit of each token that would continue a repetition.

    The penalty is `multiplier * 1.75 ** (length - allowed)`, where `length` is that of the longest
    sequence at the end of the history that stood before the token earlier (DRY, after p-e-w). A
    sequence never reaches over a breaker.
    """
    if multiplier <= 0 or not history or history[-1] in breakers:
        return {}
    longest: dict[int, int] = {}
    end, last = len(history) - 1, history[-1]
    for place in range(end):
        if history[place] != last:
            continue
        length = _common_suffix(history, place, end, breakers)
        follower = history[place + 1]
        longest[follower] = max(longest.get(follower, 0), length)
    return {
        token: multiplier * _DRY_BASE ** (length - allowed)
        for token, length in longest.items()
        if length >= allowed and token not in breakers
    }


def _common_suffix(history: Sequence[int], place: int, end: int, breakers: Set[int]) -> int:
    """Return how many tokens up to and with `place` are equal to those up to and with `end`."""
    length = 0
    while (
        length < min(place + 1, _DRY_MAX_LENGTH)
        and history[place - length] == history[end - length]
        and history[place - length] not in breakers
    ):
        length += 1
    return length
