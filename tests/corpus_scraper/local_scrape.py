"""Run a whole scrape within the test's own process, without waiting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.graph import StoryGraph
from corpus_scraper.scraping.assembly import assemble
from corpus_scraper.scraping.frontier import Frontier
from corpus_scraper.scraping.limits import StoryLimits
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.scraping.scrape import Scrape
from corpus_scraper.sites import SITES
from corpus_scraper.sites.site import Site
from corpus_scraper.web.fetcher import Fetcher
from corpus_scraper.web.polite_client import PoliteClient, UserAgent
from corpus_scraper.web.rate_limit import RateLimiter
from tests.corpus_scraper.clocks import FakeClock


@dataclass(slots=True)
class Scraped:
    """The result of a run."""

    graphs: list[StoryGraph]
    fetched: int
    failures: dict[str, int]
    """Pages that were not read, by state and reason."""
    pending: int
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def graph(self) -> StoryGraph:
        """The only story."""
        (graph,) = self.graphs
        return graph


def scrape(
    path: Path,
    *urls: str,
    max_stories: int | None = None,
    limits: StoryLimits | None = None,
    site: str = "chooseyourstory",
    sites: Mapping[str, Site] = SITES,
    clock: FakeClock | None = None,
) -> Scraped:
    """Scrape `urls` with the pages stored at `path`."""
    clock = clock or FakeClock()
    agent = UserAgent("Grue", "1", "a@b.example")
    with Frontier(path) as frontier, Fetcher(str(agent), allow_localhost=True) as fetcher:
        for url in urls:
            frontier.add(sites[site].start_request(url), site)
        frontier.requeue()
        limiter = RateLimiter(clock.now, clock.sleep, frontier.not_before())
        run = Scrape(frontier, PoliteClient(fetcher, limiter, agent, 0), limiter, sites, limits)
        run.run(max_stories=max_stories)
        return Scraped(
            list(assemble(frontier, PageCache(frontier, sites), max_stories)),
            run.fetched,
            {f"{state}: {reason}": n for state, reason, n in frontier.failures()},
            frontier.pending_count(max_stories),
            clock,
        )
