"""Provides what a scrape would fetch, story by story, and whether it may.

Lists are fetched for it, and robots.txt; no story is. Knows nothing of how it is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from corpus_scraper.scraping.frontier import Frontier, Task
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.sites.site import Site
from corpus_scraper.web.errors import PageError
from corpus_scraper.web.polite_client import PoliteClient
from corpus_scraper.web.url_validation import endpoint


@dataclass(frozen=True, slots=True)
class PlannedStory:
    """A story that would be fetched."""

    url: str
    site: str
    title: str
    author: str
    details: str
    """What a list tells of it: length, difficulty, rating."""
    pages: int
    """How many of its pages are here already."""
    delay: float
    """Seconds between two requests that its host asks for; 0 where it asks for nothing."""
    refused: str
    """Why it would not be fetched; empty where it would."""


def plan(
    frontier: Frontier, visitor: PoliteClient, sites: Mapping[str, Site], limit: int | None
) -> list[PlannedStory]:
    """Return the first `limit` stories that the lists in `frontier` lead to."""
    readings = PageCache(frontier, sites)
    return [_planned(frontier, visitor, readings, task) for task in frontier.stories()[:limit]]


def _planned(
    frontier: Frontier, visitor: PoliteClient, readings: PageCache, task: Task
) -> PlannedStory:
    entry = readings.entry(task)
    delay, refused = 0.0, task.reason if task.state == "refused" else ""
    try:
        rules = visitor.rules(endpoint(task.url))
        delay = rules.delay
        if not rules.allows(task.url):
            refused = "robots.txt forbids it"
    except PageError as error:
        refused = error.reason
    return PlannedStory(
        url=task.url,
        site=task.site,
        title=entry.title if entry else "",
        author=entry.author if entry else "",
        details=entry.details if entry else "",
        pages=frontier.pages_of(task.seq),
        delay=delay,
        refused=refused,
    )
