"""Provides Scrape: the loop from a frontier through a visitor and a site back into the frontier.

One page at a time: what is fetched is read at once, and kept with all that follows from it in one
transaction. Knows nothing of HTTP, and nothing of any one site.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from corpus_scraper.scraping.frontier import Found, Frontier, State, Task
from corpus_scraper.scraping.page_cache import PageCache, steps
from corpus_scraper.sites.site import Entry, Listing, Page, Reading, Site, StoryPage
from corpus_scraper.web.errors import HostBusy, PageError, PageRefused
from corpus_scraper.web.fetcher import FetchedResponse
from corpus_scraper.web.polite_client import PoliteClient
from corpus_scraper.web.rate_limit import RateLimiter
from corpus_scraper.web.url_validation import endpoint

MOST_STATES = 10
"""States of one page whose choices are followed; a story that counts turns has endless ones."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StoryCaps:
    """What a story may take at most."""

    pages: int = 5_000
    """Pages of one story."""
    depth: int = 300
    """Moves from a story's first page."""


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a scrape is."""

    task: Task
    """What was done last."""
    fetched: int
    """Pages that this run has kept."""
    waiting: int
    """Steps known and not yet taken."""


Watch = Callable[[Moment], None]


class Scrape:
    """One run of a scrape."""

    def __init__(
        self,
        frontier: Frontier,
        visitor: PoliteClient,
        pace: RateLimiter,
        sites: Mapping[str, Site],
        caps: StoryCaps | None = None,
    ) -> None:
        self._frontier = frontier
        self._visitor = visitor
        self._pace = pace
        self._sites = sites
        self._caps = caps or StoryCaps()
        self._readings = PageCache(frontier, sites)
        self._away: set[str] = set()
        """Hosts that this run asks for nothing more."""
        self.fetched = 0
        """Pages that this run has kept."""

    def run(
        self,
        *,
        stories: int | None,
        lists_only: bool = False,
        watch: Watch = lambda moment: None,
    ) -> None:
        """Take steps until none is left that may be taken, in the first `stories` stories.

        With `lists_only`, only the pages that lead to stories are fetched. What earlier runs put
        off is taken only where `Frontier.begin` has made it wait again.
        """
        self._read_again()
        while task := self._frontier.next(stories=stories, lists_only=lists_only, away=self._away):
            self._take(task)
            watch(Moment(task, self.fetched, self._frontier.waiting(stories)))

    def _read_again(self) -> None:
        """Read the pages that another version of a site read: they may lead further now."""
        for site in self._sites.values():
            for task in self._frontier.read_before(site.name, site.version):
                if page := self._frontier.page(task.key):
                    self._keep(task, page)

    def _take(self, task: Task) -> None:
        if reason := self._beyond(task):
            self._settle(task, "capped", reason)
            return
        try:
            step = self._readings.step(task)
            answer = self._visitor.visit(step.url, step.form)
        except PageRefused as error:
            self._settle(task, "refused", error.reason)
        except PageError as error:
            if isinstance(error, HostBusy):
                self._away.add(task.origin)
            self._settle(task, "postponed", error.reason)
        else:
            self._keep(task, self._page(answer))
            self.fetched += 1

    def _beyond(self, task: Task) -> str:
        """Return why a step goes further than asked for; empty where it does not."""
        if task.story and task.depth > self._caps.depth:
            return "it is deeper in its story than --max-depth"
        if task.story and self._frontier.pages_of(task.story) >= self._caps.pages:
            return "its story has more pages than --max-pages"
        return ""

    def _page(self, answer: FetchedResponse) -> Page:
        charset = _CHARSET.search(answer.headers.get("content-type", ""))
        return Page(
            answer.url,
            answer.body,
            charset.group(1) if charset else "",
            datetime.fromtimestamp(self._pace.clock.now(), UTC).isoformat(timespec="seconds"),
            hashlib.sha256(answer.body).hexdigest(),
        )

    def _keep(self, task: Task, page: Page) -> None:
        """Keep a page and what it leads to. One that cannot be read is kept, and is not done."""
        version, until = self._readings.site(task).version, self._not_before(task)
        try:
            reading = self._readings.read(task, page)
        except PageError as error:
            state: State = "refused" if isinstance(error, PageRefused) else "postponed"
            self._frontier.keep(
                task, page, version, state=state, reason=error.reason, not_before=until
            )
            return
        if not isinstance(reading, StoryPage):
            found = self._found(task, page, reading)
            self._frontier.keep(task, page, version, found, not_before=until)
            return
        followed = self._is_followed(task, reading)
        self._frontier.keep(
            task,
            page,
            version,
            self._found(task, page, reading) if followed else (),
            place=reading.page if followed else "",
            scene=reading.id if followed else "",
            not_before=until,
        )

    def _is_followed(self, task: Task, scene: StoryPage) -> bool:
        """Whether the choices of a scene are followed: of one page, only in its first states."""
        known = self._frontier.scenes_at(task.story, scene.page)
        return scene.id in known or len(known) < MOST_STATES

    def _found(self, task: Task, page: Page, reading: Reading) -> Iterator[Found]:
        """Yield the steps that a page leads to and that stay on its site."""
        begun = reading.entries if isinstance(reading, Listing) else ()
        first_steps = {entry.step.key for entry in begun}
        site = self._readings.site(task)
        for step in steps(reading):
            origin = endpoint(step.url).origin
            if origin == endpoint(page.url).origin or site.claims(step.url):
                yield Found(step.key, step.url, origin, begins_story=step.key in first_steps)

    def _settle(self, task: Task, state: State, reason: str) -> None:
        self._frontier.settle(task, state, reason, self._not_before(task))

    def _not_before(self, task: Task) -> float:
        return self._pace.not_before.get(task.origin, 0)


def beginning(site: Site, url: str) -> Found:
    """Return the step that an address asks for. Raises Refused where it cannot be a page."""
    begun = site.enter(endpoint(url).url)
    step = begun.step if isinstance(begun, Entry) else begun
    return Found(step.key, step.url, endpoint(step.url).origin, isinstance(begun, Entry))
