"""Keep the delay between two requests to one host, across runs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from corpus_scraper.web.errors import HostBusy

MIN_DELAY = 1.0
"""Seconds between two requests to a host on the internet, whatever the options say."""

MAX_WAIT = 600.0
"""Seconds that a run waits for a host; one that asks for more is left to another run."""

_DAY = 86_400.0


@dataclass(slots=True)
class RateLimiter:
    """When each host may be sent its next request."""

    now: Callable[[], float] = time.time
    """Returns the seconds since 1970."""
    sleep: Callable[[float], None] = time.sleep
    not_before: dict[str, float] = field(default_factory=dict)
    """By origin, in seconds since 1970; starts with the values of an earlier run."""

    def wait(self, origin: str) -> None:
        """Return when `origin` may be sent a request. Raises HostBusy where that is too long."""
        seconds = min(self.not_before.get(origin, 0) - self.now(), _DAY)
        if seconds > MAX_WAIT:
            raise HostBusy(f"the host asks for a pause of {round(seconds / 60)} minutes")
        if seconds > 0:
            self.sleep(seconds)

    def hold(self, origin: str, seconds: float) -> None:
        """Send `origin` nothing for `seconds` from now, or for longer if that holds already."""
        until = self.now() + min(seconds, _DAY)
        self.not_before[origin] = max(until, self.not_before.get(origin, 0))
