"""Provides a whole scrape within the test's own process: frontier, visitor, sites, no waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.graph import StoryGraph
from corpus_scraper.scraping.assembly import stories
from corpus_scraper.scraping.frontier import Frontier
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.scraping.scrape import Scrape, StoryCaps, beginning
from corpus_scraper.sites import SITES
from corpus_scraper.sites.site import Site
from corpus_scraper.web.fetcher import Fetcher
from corpus_scraper.web.polite_client import PoliteClient, UserAgent
from corpus_scraper.web.rate_limit import RateLimiter
from tests.corpus_scraper.clocks import FakeClock


@dataclass(slots=True)
class Scraped:
    """What came of a run."""

    graphs: list[StoryGraph]
    fetched: int
    reasons: dict[str, int]
    """How many pages were not read, by state and reason."""
    waiting: int
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def graph(self) -> StoryGraph:
        """The only story."""
        (graph,) = self.graphs
        return graph


def scrape(
    path: Path,
    *urls: str,
    stories_at_most: int | None = None,
    caps: StoryCaps | None = None,
    site: str = "chooseyourstory",
    sites: Mapping[str, Site] = SITES,
    clock: FakeClock | None = None,
) -> Scraped:
    """Scrape `urls` with the pages kept at `path`."""
    clock = clock or FakeClock()
    agent = UserAgent("Grue", "1", "a@b.example")
    with Frontier(path) as frontier, Fetcher(str(agent), allow_localhost=True) as fetcher:
        for url in urls:
            frontier.plant(beginning(sites[site], url), site)
        frontier.begin()
        pace = RateLimiter(clock, frontier.not_before())
        run = Scrape(frontier, PoliteClient(fetcher, pace, agent, 0), pace, sites, caps)
        run.run(stories=stories_at_most)
        return Scraped(
            list(stories(frontier, PageCache(frontier, sites), stories_at_most)),
            run.fetched,
            {f"{state}: {reason}": n for state, reason, n in frontier.reasons()},
            frontier.waiting(stories_at_most),
            clock,
        )
