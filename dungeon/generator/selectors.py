"""The samplers that select the token from its candidates: by probability, Mirostat, adaptive-p.

The last two remember the probabilities of what they have selected. As in llama.cpp, one of them
ends the chain: `apply` gives the probabilities to draw by, `accept` notes what was drawn.
"""

import math
from typing import Protocol

import numpy as np

from dungeon.generator.candidates import Probabilities
from dungeon.settings.sampling import Sampling

_MIROSTAT_TOKENS = 100
"""Tokens by which Mirostat 1 estimates how fast probabilities fall."""

_ADAPTIVE_WIDTH, _ADAPTIVE_PEAK, _ADAPTIVE_SHARPNESS = 0.3, 5.0, 10.0
"""The curve of adaptive-p: its width in probability, its height and its fall in logits."""


class Selector(Protocol):
    """Selects one of the candidates, whose probabilities are sorted, likeliest first."""

    keeps_order: bool
    """Whether the probabilities to draw by are sorted, too."""

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Return the probabilities to draw by, of the first candidates or of all."""
        ...

    def accept(self, probabilities: Probabilities, applied: Probabilities, drawn: int) -> None:
        """Remember that the candidate number `drawn` was drawn by the probabilities `applied`."""
        ...


def make_selector(sampling: Sampling) -> Selector:
    """Return what selects tokens by these settings."""
    if sampling.mirostat:
        return Mirostat(sampling)
    if sampling.adaptive_target > 0:
        return AdaptiveP(sampling.adaptive_target, sampling.adaptive_decay)
    return Multinomial()


class Multinomial:
    """Draws by probability."""

    keeps_order = True

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Return the probabilities."""
        return probabilities

    def accept(self, probabilities: Probabilities, applied: Probabilities, drawn: int) -> None:
        """Remember nothing."""


class Mirostat:
    """Keeps the surprise of the tokens at `mirostat_tau` bits (arXiv 2007.14966)."""

    keeps_order = True

    def __init__(self, sampling: Sampling) -> None:
        self._version = sampling.mirostat
        self._aim = sampling.mirostat_tau
        self._rate = sampling.mirostat_eta
        self._max_surprise = 2 * self._aim
        """The surprise in bits up to which a token may be drawn."""

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Return the probabilities of the candidates that surprise little enough: one at least."""
        if self._version == 1:
            count = self._estimate_count(probabilities)
        else:
            count = int((probabilities >= 2.0**-self._max_surprise).sum())
        kept = probabilities[: max(count, 1)]
        result: Probabilities = kept / kept.sum()
        return result

    def accept(self, probabilities: Probabilities, applied: Probabilities, drawn: int) -> None:
        """Move the limit by how far the token was from the aim."""
        surprise = -math.log2(applied[drawn])
        self._max_surprise -= self._rate * (surprise - self._aim)

    def _estimate_count(self, probabilities: Probabilities) -> int:
        """Return how many tokens surprise little enough if probabilities fall as Zipf's law says,
        with the exponent of the likeliest.
        """
        first = probabilities[:_MIROSTAT_TOKENS]
        first = first[first > 0]
        if len(first) < 2:
            return len(first)
        ranks = np.arange(1, len(first))
        steps = np.log((ranks + 1) / ranks)
        exponent = float((steps * np.log(first[:-1] / first[1:])).sum() / (steps**2).sum())
        if exponent <= 0:
            return len(probabilities)
        excess = exponent - 1
        shrunk = 1 - len(probabilities) ** -excess
        if excess == 0 or shrunk == 0:
            return len(probabilities)
        try:
            return int((excess * 2.0**self._max_surprise / shrunk) ** (1 / exponent))
        except OverflowError:
            return len(probabilities)


class AdaptiveP:
    """Prefers tokens near a probability, so that the average of those drawn becomes the target."""

    keeps_order = False

    def __init__(self, target: float, decay: float) -> None:
        self._target = target
        self._decay = decay
        self._count = 1 / (1 - decay)
        """The number of tokens that are remembered, each less than the one after it."""
        self._sum = target * self._count
        """The sum of their probabilities."""

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Return probabilities that are the highest around the target of this token."""
        aim = min(max(2 * self._target - self._sum / self._count, 0.0), 1.0)
        distance = np.abs(probabilities - aim) / _ADAPTIVE_WIDTH
        fall = _ADAPTIVE_SHARPNESS * distance**2 / (1 + distance)
        weights = np.where(probabilities > 0, np.exp(_ADAPTIVE_PEAK - fall), 0)
        result: Probabilities = weights / weights.sum()
        return result

    def accept(self, probabilities: Probabilities, applied: Probabilities, drawn: int) -> None:
        """Remember how probable the token was."""
        self._sum = float(probabilities[drawn]) + self._decay * self._sum
        self._count = 1 + self._decay * self._count
