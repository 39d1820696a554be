"""Provides Readings: what stands on the pages of a frontier, read from the cache whenever asked.

Nothing that a site reads is kept but the page itself: the form of a move is found again on the page
before, so a scrape goes on after any interruption. Knows nothing of how pages are fetched.
"""

from collections.abc import Mapping

from corpus_scraper.scraping.frontier import Frontier, Task
from corpus_scraper.sites.blocklist import check_page
from corpus_scraper.sites.site import (
    Entry,
    LandingPage,
    Listing,
    Page,
    Reading,
    Site,
    Step,
    StoryPage,
)
from corpus_scraper.web.errors import PageError, PagePostponed, PageRefused

_REMEMBERED = 8
"""Readings kept at hand: the steps of one page are taken one after the other."""


def steps(reading: Reading) -> tuple[Step, ...]:
    """Return every step that a page leads to, in its order."""
    match reading:
        case Listing(entries, more):
            return (*(entry.step for entry in entries), *more)
        case LandingPage(step):
            return (step,)
        case StoryPage(ways=ways):
            return tuple(way.step for way in ways)
    return ()


class PageCache:
    """The pages of a frontier, as their sites read them."""

    def __init__(self, frontier: Frontier, sites: Mapping[str, Site]) -> None:
        self._frontier = frontier
        self._sites = sites
        self._at_hand: dict[str, Reading] = {}

    def read(self, task: Task, page: Page) -> Reading:
        """Return what stands on a page that `task` led to. Raises Refused or Postponed."""
        check_page(page)
        reading = self.site(task).read(page)
        if len(self._at_hand) >= _REMEMBERED:
            del self._at_hand[next(iter(self._at_hand))]
        self._at_hand[task.key] = reading
        return reading

    def of(self, key: str) -> Reading:
        """Return what stands on the page of the step `key`.

        Raises NotRead where there is no such page, or it holds nothing.
        """
        return self._at_hand[key] if key in self._at_hand else self.read(*self.kept(key))

    def kept(self, key: str) -> tuple[Task, Page]:
        """Return the step `key` and the page it led to. Raises NotRead as `of` does."""
        task = self._frontier.task(key)
        if task is None:
            raise PagePostponed("it was not followed")
        page = self._frontier.page(key) if task.state == "done" else None
        if page is None:
            raise _why(task)
        return task, page

    def step(self, task: Task) -> Step:
        """Return the request of `task`, its form as the page before holds it. Raises Refused."""
        if not task.found_on:
            begun = self.site(task).enter(task.url)
            return begun.step if isinstance(begun, Entry) else begun
        for step in steps(self.of(task.found_on)):
            if step.key == task.key:
                return step
        raise PageRefused("the page before it leads there no longer")

    def entry(self, task: Task) -> Entry | None:
        """Return what the list that led to a story tells of it."""
        try:
            reading = self.of(task.found_on) if task.found_on else None
        except PageError:
            return None
        entries = reading.entries if isinstance(reading, Listing) else ()
        return next((entry for entry in entries if entry.step.key == task.key), None)

    def version(self, site: str) -> int:
        """Return the version of the site called `site`."""
        return self._sites[site].version

    def site(self, task: Task) -> Site:
        """Return the site that reads the page of `task`."""
        if task.site not in self._sites:
            raise PageRefused("this version of Grue does not know its site")
        return self._sites[task.site]


def _why(task: Task) -> PageError:
    if task.state == "refused":
        return PageRefused(task.reason)
    return PagePostponed(task.reason or "its page is still to be fetched")
