"""Parse robots.txt: which URLs it allows, and its crawl delay.

A 4xx response allows everything. Any other response that is no robots.txt leaves the rules unknown,
and then nothing is fetched.
"""

from dataclasses import dataclass

from protego import Protego

from corpus_scraper.web.errors import HostBusy
from corpus_scraper.web.fetcher import Response
from dungeon.text.encoding import decode_lossy

MAX_BYTES = 512 * 1024
MAX_AGENTS = 1_000
MAX_LINES = 10_000
"""More than any honest robots.txt has: Protego copies the rules for each agent named above them."""


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """The rules of one host for our user agent."""

    crawl_delay: float = 0
    """Seconds between two requests."""
    _robots: Protego | None = None
    _agent: str = ""

    def allows(self, url: str) -> bool:
        """Return whether the page at `url` may be fetched."""
        return self._robots is None or self._robots.can_fetch(url, self._agent)


def parse_robots(response: Response, agent: str) -> RobotsRules:
    """Return the rules for `agent`, the word before the slash of a User-Agent.

    Raises HostBusy where the response has no rules, or is too long to be honest.
    """
    if 400 <= response.status < 500 and response.status != 429:
        return RobotsRules()
    if response.status != 200:
        raise HostBusy(f"robots.txt is unavailable (HTTP {response.status})")
    robots = Protego.parse(_text(response.body))
    rate = robots.request_rate(agent)
    delays = (robots.crawl_delay(agent) or 0, rate.seconds / rate.requests if rate else 0)
    return RobotsRules(max(delays), robots, agent)


def _text(body: bytes) -> str:
    text = decode_lossy(body)
    lines = [line.strip().lower() for line in text.splitlines()]
    agents = sum(line.startswith(("user-agent", "useragent", "user agent")) for line in lines)
    if len(body) > MAX_BYTES or len(lines) > MAX_LINES or agents > MAX_AGENTS:
        raise HostBusy("robots.txt is too long")
    return text
