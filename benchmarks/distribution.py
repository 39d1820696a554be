"""A log-normal distribution, as times and lengths of play have."""

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """A log-normal distribution."""

    median: float
    sigma: float

    @classmethod
    def parse(cls, text: str) -> "Distribution":
        """Read `MEDIAN,SIGMA` or `MEDIAN`."""
        median, _, sigma = text.partition(",")
        found = cls(float(median), float(sigma or 0))
        if not (0 <= found.median < math.inf and 0 <= found.sigma < math.inf):
            raise ValueError(text)
        return found

    def draw(self, chance: random.Random) -> float:
        """Return a random value."""
        return self.median * math.exp(chance.gauss(0, self.sigma))

    def __str__(self) -> str:
        return f"{self.median:.3g},{self.sigma:.2f}"
