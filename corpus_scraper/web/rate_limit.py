"""Provides the time between two requests to one host, kept over runs, and the clock it is kept by.

Knows nothing of requests.
"""

import time
from dataclasses import dataclass, field
from typing import Protocol

from corpus_scraper.web.errors import HostBusy

LEAST_DELAY = 1.0
"""Seconds between two requests to a host on the internet, whatever is asked for."""

LONGEST_WAIT = 600.0
"""Seconds that a run waits for a host; one that asks for more is left for another run."""

_DAY = 86_400.0


class Clock(Protocol):
    """Tells the time and lets it pass."""

    def now(self) -> float:
        """Return the seconds since 1970."""

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""


class WallClock:
    """The real clock."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        time.sleep(seconds)


@dataclass(slots=True)
class RateLimiter:
    """When each host may be asked next."""

    clock: Clock
    not_before: dict[str, float] = field(default_factory=dict)
    """By origin, in seconds since 1970. What an earlier run was told counts on."""

    def wait(self, origin: str) -> None:
        """Return when `origin` may be asked. Raises HostBusy where that is too long."""
        seconds = min(self.not_before.get(origin, 0) - self.clock.now(), _DAY)
        if seconds > LONGEST_WAIT:
            minutes = round(seconds / 60)
            raise HostBusy(f"the host asks to be left alone for {minutes} minutes")
        if seconds > 0:
            self.clock.sleep(seconds)

    def hold(self, origin: str, seconds: float) -> None:
        """Leave `origin` alone for `seconds` from now, or longer if that was said before."""
        until = self.clock.now() + min(seconds, _DAY)
        self.not_before[origin] = max(until, self.not_before.get(origin, 0))
