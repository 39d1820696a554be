"""Sample tokens as llama.cpp does, in its order: bias, penalties, top_n_sigma, top_k, typical_p,
top_p, min_p, XTC, temperature, and what draws the token.

Logits are float32 arrays of shape (vocabulary,), from whatever engine.
"""

import math
from collections.abc import Sequence, Set
from itertools import islice

import numpy as np

from dungeon.generator.candidates import (
    Probabilities,
    TokenIds,
    exclude_top_choices,
    find_candidates,
)
from dungeon.generator.logit_bias import NO_BIAS, LogitBias, add_logit_bias
from dungeon.generator.penalties import Logits, penalise_repetition
from dungeon.generator.selectors import make_selector
from dungeon.generator.token_scores import MAX_ALTERNATIVES
from dungeon.settings.sampling import Sampling

_EVERY_TOKEN = Sampling(top_k=0, top_p=1.0, min_p=0.0)
"""What Mirostat chooses among."""


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
        logit_bias: LogitBias = NO_BIAS,
    ) -> None:
        """`prompt` is the beginning of the history that the penalties look at; no repeated sequence
        reaches over one of the `dry_breakers`; none of the `banned` is sampled. All are token ids.
        """
        self._sampling = sampling
        self._history = list(prompt)
        self._dry_breakers = dry_breakers
        self._banned = sorted(banned)
        self._logit_bias = logit_bias
        self._rng = np.random.default_rng(abs(seed))
        self._selector = make_selector(sampling)
        self.others: list[tuple[int, float]] = []
        """What the last `next` could have returned instead, likeliest first, each token id with its
        probability: at most MAX_ALTERNATIVES."""
        self.probability = 1.0
        """How likely the token was that the last `next` has returned."""

    def next(self, logits: Logits) -> int:
        """Return the next token id, and add it to the history."""
        logits = self.penalise(logits)
        self.others, self.probability = [], 1.0
        token = int(logits.argmax()) if self._takes_likeliest() else self._draw(logits)
        self._history.append(token)
        return token

    def _takes_likeliest(self) -> bool:
        """Whether the likeliest token is taken in any case. XTC and typical_p may leave it out, at
        temperature 0 as well.
        """
        sampling = self._sampling
        leaves_it = sampling.xtc_probability <= 0 and sampling.typical_p >= 1
        return sampling.temperature <= 0 and sampling.dynatemp_range <= 0 and leaves_it

    def penalise(self, logits: Logits) -> Logits:
        """Return a copy of the logits with biases, the penalties on repetition and bans applied."""
        logits = add_logit_bias(logits.copy(), self._logit_bias)
        if not self._sampling.mirostat:
            penalise_repetition(logits, self._history, self._sampling, self._dry_breakers)
        logits[self._banned] = -np.inf
        return logits

    def candidates(self, logits: Logits) -> tuple[TokenIds, Probabilities]:
        """Return the token ids that may be sampled, likeliest first, and their probabilities before
        temperature, relative to a sum that may include others.

        Both have the shape (candidates,).
        """
        sampling = self._sampling
        if sampling.mirostat:
            return find_candidates(logits, _EVERY_TOKEN)
        tokens, probabilities = find_candidates(logits, sampling)
        if sampling.xtc_probability > 0 and self._rng.random() <= sampling.xtc_probability:
            return exclude_top_choices(tokens, probabilities, sampling.xtc_threshold)
        return tokens, probabilities

    def _draw(self, logits: Logits) -> int:
        tokens, probabilities = self.candidates(logits)
        temperature = self._temperature(probabilities)
        if temperature <= 0:
            return int(tokens[0])
        with np.errstate(divide="ignore"):  # a probability that underflowed to 0 stays 0
            scaled = np.log(probabilities) / temperature
        weights = np.exp(scaled - scaled.max())
        if not math.isfinite(weights.sum()):
            return int(tokens[0])
        probabilities = weights / weights.sum()
        applied = self._selector.apply(probabilities)
        drawn = int(self._rng.choice(len(applied), p=applied))
        self._selector.accept(probabilities, applied, drawn)
        self.probability = float(applied[drawn])
        likeliest: Sequence[int] = range(min(len(applied), MAX_ALTERNATIVES + 1))
        if not self._selector.keeps_order:
            likeliest = np.argsort(-applied, kind="stable")[: MAX_ALTERNATIVES + 1].tolist()
        places = (place for place in likeliest if place != drawn)
        listed = ((int(tokens[place]), float(applied[place])) for place in places)
        self.others = list(islice(listed, MAX_ALTERNATIVES))
        return int(tokens[drawn])

    def _temperature(self, probabilities: Probabilities) -> float:
        """Return the temperature, which follows the entropy of the candidates where it may."""
        sampling = self._sampling
        if sampling.dynatemp_range <= 0 or sampling.mirostat or len(probabilities) < 2:
            return sampling.temperature
        lowest = max(sampling.temperature - sampling.dynatemp_range, 0.0)
        highest = sampling.temperature + sampling.dynatemp_range
        shares = probabilities / probabilities.sum()
        shares = shares[shares > 0]
        entropy = -float((shares * np.log(shares)).sum())
        relative = max(entropy, 0.0) / math.log(len(probabilities))
        share = math.pow(relative, sampling.dynatemp_exponent)
        return lowest + (highest - lowest) * share
