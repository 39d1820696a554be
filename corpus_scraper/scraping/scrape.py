"""The scraping loop: take a request from the frontier, fetch its page, store what it leads to.

Each page is parsed at once and stored with the requests found on it in one transaction.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from corpus_scraper.scraping.frontier import Frontier, QueuedRequest, State
from corpus_scraper.scraping.limits import StoryLimits
from corpus_scraper.scraping.page_cache import PageCache, linked_requests
from corpus_scraper.sites.site import Page, PageContent, PageRequest, Site, StoryPage
from corpus_scraper.web.errors import HostBusy, PageError, PageRefused
from corpus_scraper.web.fetcher import Response
from corpus_scraper.web.polite_client import PoliteClient
from corpus_scraper.web.rate_limit import RateLimiter
from corpus_scraper.web.url_validation import parse_url

MAX_STATES = 10
"""States of one page whose choices are followed; a story that counts turns has no end of them."""

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScrapeProgress:
    """How far a scrape is."""

    request: QueuedRequest
    """The last one."""
    fetched: int
    """Pages of this run."""
    pending: int
    """Requests that are known and not yet made."""


@dataclass(frozen=True, slots=True)
class PlannedStory:
    """A story that a scrape would fetch."""

    url: str
    site: str
    title: str
    author: str
    details: str
    """What a listing says of it: length, difficulty, rating."""
    pages: int
    """Pages that are fetched already."""
    delay: float
    """Crawl delay of its host in seconds; 0 for none."""
    refused: str
    """Why it would not be fetched; empty where it would."""


class Scrape:
    """One run of a scrape."""

    def __init__(
        self,
        frontier: Frontier,
        client: PoliteClient,
        rate_limiter: RateLimiter,
        sites: Mapping[str, Site],
        limits: StoryLimits | None = None,
    ) -> None:
        self._frontier = frontier
        self._client = client
        self._limiter = rate_limiter
        self._sites = sites
        self._limits = limits or StoryLimits()
        self._cache = PageCache(frontier, sites)
        self._busy_origins: set[str] = set()
        self.fetched = 0
        """Pages of this run."""

    def run(
        self,
        *,
        max_stories: int | None,
        listings_only: bool = False,
        on_progress: Callable[[ScrapeProgress], None] = lambda progress: None,
    ) -> None:
        """Make requests until none is pending, in the first `max_stories` stories.

        With `listings_only`, no page of a story is fetched. What an earlier run postponed is
        retried only after `Frontier.requeue`.
        """
        self._parse_again()
        while request := self._frontier.next(
            max_stories=max_stories,
            listings_only=listings_only,
            exclude_origins=self._busy_origins,
        ):
            self._process(request)
            pending = self._frontier.pending_count(max_stories)
            on_progress(ScrapeProgress(request, self.fetched, pending))

    def plan(self, max_stories: int | None) -> list[PlannedStory]:
        """Return the first `max_stories` stories that would be fetched, and whether they may be.

        Fetches robots.txt and nothing else.
        """
        return [self._plan(request) for request in self._frontier.stories()[:max_stories]]

    def _plan(self, request: QueuedRequest) -> PlannedStory:
        entry = self._cache.listing_entry(request)
        delay, refused = 0.0, request.reason if request.state == "refused" else ""
        try:
            robots = self._client.robots(parse_url(request.url))
            delay = robots.crawl_delay
            if not robots.allows(request.url):
                refused = "disallowed by robots.txt"
        except PageError as error:
            refused = error.reason
        return PlannedStory(
            url=request.url,
            site=request.site,
            title=entry.title if entry else "",
            author=entry.author if entry else "",
            details=entry.details if entry else "",
            pages=self._frontier.page_count(request.seq),
            delay=delay,
            refused=refused,
        )

    def _parse_again(self) -> None:
        """Parse the pages that another version of a site parsed: they may lead further now."""
        for site in self._sites.values():
            for request in self._frontier.parsed_by_other_version(site.name, site.version):
                if page := self._frontier.page(request.key):
                    self._store(request, page)

    def _process(self, request: QueuedRequest) -> None:
        if reason := self._exceeded_limit(request):
            self._mark(request, "capped", reason)
            return
        try:
            sent = self._cache.with_form(request)
            response = self._client.fetch(sent.url, sent.form)
        except PageRefused as error:
            self._mark(request, "refused", error.reason)
        except PageError as error:
            if isinstance(error, HostBusy):
                self._busy_origins.add(request.origin)
            self._mark(request, "postponed", error.reason)
        else:
            self._store(request, self._page(response))
            self.fetched += 1

    def _exceeded_limit(self, request: QueuedRequest) -> str:
        """Return which limit a request is beyond; empty for none."""
        if request.story and request.depth > self._limits.depth:
            return "it is deeper in its story than --max-depth"
        if request.story and self._frontier.page_count(request.story) >= self._limits.pages:
            return "its story has more pages than --max-pages"
        return ""

    def _page(self, response: Response) -> Page:
        charset = _CHARSET.search(response.headers.get("content-type", ""))
        return Page(
            response.url,
            response.body,
            charset.group(1) if charset else "",
            datetime.fromtimestamp(self._limiter.now(), UTC).isoformat(timespec="seconds"),
            hashlib.sha256(response.body).hexdigest(),
        )

    def _store(self, request: QueuedRequest, page: Page) -> None:
        """Store a page and the requests on it. One without content is stored, and is not done."""
        state: State = "done"
        reason = page_id = state_id = ""
        found: Iterator[PageRequest] = iter(())
        try:
            content = self._cache.parse(request, page)
            if not isinstance(content, StoryPage):
                found = self._found(request, page, content)
            elif self._is_followed(request, content):
                found = self._found(request, page, content)
                page_id, state_id = content.page_id, content.state_id
        except PageError as error:
            state = "refused" if isinstance(error, PageRefused) else "postponed"
            reason = error.reason
        self._frontier.store_page(
            request,
            page,
            self._cache.site(request).version,
            found,
            page_id=page_id,
            state_id=state_id,
            state=state,
            reason=reason,
            not_before=self._not_before(request),
        )

    def _is_followed(self, request: QueuedRequest, page: StoryPage) -> bool:
        """Return whether the choices of a page are followed: only in its first states."""
        known = self._frontier.state_ids(request.story, page.page_id)
        return page.state_id in known or len(known) < MAX_STATES

    def _found(
        self, request: QueuedRequest, page: Page, content: PageContent
    ) -> Iterator[PageRequest]:
        """Yield the requests that a page leads to on its own site."""
        site, origin = self._cache.site(request), parse_url(page.url).origin
        for each in linked_requests(content):
            if parse_url(each.url).origin == origin or site.handles(each.url):
                yield each

    def _mark(self, request: QueuedRequest, state: State, reason: str) -> None:
        self._frontier.mark(request, state, reason, self._not_before(request))

    def _not_before(self, request: QueuedRequest) -> float:
        return self._limiter.not_before.get(request.origin, 0)
