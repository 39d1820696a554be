"""A time limit that several activities share."""

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Deadline:
    """A moment after which nothing new is begun."""

    def __init__(self, seconds: float | None, clock: Clock = time.monotonic) -> None:
        """`seconds` from now, or never for None."""
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds

    def is_over(self) -> bool:
        """Return whether the moment has passed."""
        return self._end is not None and self._clock() >= self._end

    def part(self, share: float) -> "Deadline":
        """Return a deadline after `share` of the time that is left."""
        left = None if self._end is None else max(self._end - self._clock(), 0.0) * share
        return Deadline(left, self._clock)
