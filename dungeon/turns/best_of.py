"""Best-of-n sampling: of several replies to an action, keep the one that the model finds likeliest.

One unlikely word is enough to send a small model astray: of four replies the likeliest one makes
sense more often than the first, and is the flatter one (docs/adapter.md).
"""

import math
from dataclasses import dataclass, field

LENGTH_EXPONENT = 0.25
"""The power of its length by which the log-probability of a reply is divided. With 0 the shortest
replies win, which are flat; with 1 long ones may have a word that is out of place (measured:
docs/adapter.md)."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a model finds a reply."""

    log_probability: float = 0.0
    """The sum over its tokens, after all sampling settings."""
    tokens: int = 0

    def plus(self, probability: float) -> "Likelihood":
        """Return it with one token more."""
        return Likelihood(self.log_probability + math.log(max(probability, 1e-9)), self.tokens + 1)

    @property
    def rank(self) -> float:
        """What replies are compared by; at most 0, and the highest is the best."""
        return self.log_probability / math.pow(max(self.tokens, 1), LENGTH_EXPONENT)

    @property
    def mean(self) -> float:
        """The geometric mean of the probabilities of its tokens, from 0 to 1."""
        return math.exp(self.log_probability / max(self.tokens, 1))


@dataclass(slots=True)
class BestOf:
    """The replies to one action among which one is chosen."""

    count: int
    """How many replies are compared at most."""
    compared: dict[str, Likelihood] = field(default_factory=dict, init=False)
    """Each reply by its text."""
    _replies: int = field(default=0, init=False)

    def is_settled_by(self, text: str, likelihood: Likelihood | None) -> bool:
        """Take the reply `text`; return whether no further one need be written: there are enough,
        or the model has written the same one twice, so that none is much likelier.
        """
        self._replies += 1
        is_known = text in self.compared
        if likelihood is not None:  # else it cannot be compared
            self.compared.setdefault(text, likelihood)
        return is_known or self._replies >= self.count

    def likeliest(self) -> str:
        """Return the text of the best reply; empty where there is none yet."""
        return max(self.compared, key=lambda text: self.compared[text].rank, default="")

    def describe(self, text: str) -> tuple[int, float]:
        """Return of how many replies `text` was chosen, and how likely its tokens are on average;
        (0, 0.0) where there was no choice.
        """
        likelihood = self.compared.get(text)
        if likelihood is None or not likelihood.tokens or len(self.compared) < 2:
            return 0, 0.0
        return len(self.compared), likelihood.mean
