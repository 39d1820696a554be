"""Provides what a host's robots.txt allows, and how long it asks to be left in peace between pages.

4xx means that all is allowed; whatever else is not a robots.txt means that nothing is known, and
then nothing is fetched. Knows nothing of how robots.txt comes here.
"""

from dataclasses import dataclass

from protego import Protego

from corpus_scraper.web.errors import HostBusy
from corpus_scraper.web.fetcher import FetchedResponse
from dungeon.text_encoding import decode_lossy

MAX_BYTES = 512 * 1024
MAX_AGENTS = 1_000
MAX_LINES = 10_000
"""More than any honest robots.txt has; rules are kept once for every agent named above them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one host asks of us."""

    delay: float = 0
    """Seconds between two requests."""
    _robots: Protego | None = None
    _agent: str = ""

    def allows(self, url: str) -> bool:
        """Whether the page at `url` may be fetched."""
        return self._robots is None or self._robots.can_fetch(url, self._agent)


def rules_from(answer: FetchedResponse, agent: str) -> Rules:
    """Return the rules for `agent`, the word before the slash of a User-Agent.

    Raises HostBusy where the host cannot tell its rules now, or tells more than can be honest.
    """
    if 400 <= answer.status < 500 and answer.status != 429:
        return Rules()
    if answer.status != 200:
        raise HostBusy(f"robots.txt cannot be had ({answer.status})")
    robots = Protego.parse(_text(answer.body))
    rate = robots.request_rate(agent)
    delays = (robots.crawl_delay(agent) or 0, rate.seconds / rate.requests if rate else 0)
    return Rules(max(delays), robots, agent)


def _text(body: bytes) -> str:
    text = decode_lossy(body)
    lines = [line.strip().lower() for line in text.splitlines()]
    agents = sum(line.startswith(("user-agent", "useragent", "user agent")) for line in lines)
    if len(body) > MAX_BYTES or len(lines) > MAX_LINES or agents > MAX_AGENTS:
        raise HostBusy("robots.txt is longer than any honest one")
    return text
