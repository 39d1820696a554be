"""The contents of fetched pages, parsed from the frontier's file whenever they are needed.

Only pages are stored, no parsed content: the form of a choice is parsed again from the page before,
so a scrape can continue after any interruption, and a corrected parser applies to old pages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from corpus_scraper.scraping.frontier import Frontier, QueuedRequest
from corpus_scraper.sites.blocklist import check_page
from corpus_scraper.sites.site import (
    LandingPage,
    Listing,
    ListingEntry,
    Page,
    PageContent,
    PageRequest,
    Site,
    StoryPage,
)
from corpus_scraper.web.errors import PageError, PagePostponed, PageRefused

_CACHE_SIZE = 8
"""Parsed pages kept in memory: the requests of one page are made one after the other."""


def linked_requests(content: PageContent) -> Iterable[PageRequest]:
    """Return every request that a page leads to, in its order."""
    match content:
        case Listing(entries, more):
            return (*(replace(entry.request, starts_story=True) for entry in entries), *more)
        case LandingPage(request):
            return (request,)
        case StoryPage(links=links):
            return tuple(link.request for link in links)
    return ()


class PageCache:
    """The pages of a frontier, parsed by their sites."""

    def __init__(self, frontier: Frontier, sites: Mapping[str, Site]) -> None:
        self._frontier = frontier
        self._sites = sites
        self._parsed: dict[str, PageContent] = {}

    def parse(self, request: QueuedRequest, page: Page) -> PageContent:
        """Return the content of the page of `request`. Raises PageError where it has none."""
        check_page(page)
        content = self.site(request).parse(page)
        if len(self._parsed) >= _CACHE_SIZE:
            del self._parsed[next(iter(self._parsed))]
        self._parsed[request.key] = content
        return content

    def content(self, key: str) -> PageContent:
        """Return the content of the page of the request `key`. Raises PageError as `load` does."""
        return self._parsed[key] if key in self._parsed else self.parse(*self.load(key))

    def load(self, key: str) -> tuple[QueuedRequest, Page]:
        """Return the request `key` and its page. Raises PageError where there is no page."""
        request = self._frontier.request(key)
        if request is None:
            raise PagePostponed("it was not followed")
        page = self._frontier.page(key) if request.state == "done" else None
        if page is not None:
            return request, page
        if request.state == "refused":
            raise PageRefused(request.reason)
        raise PagePostponed(request.reason or "its page is still to be fetched")

    def with_form(self, request: QueuedRequest) -> PageRequest:
        """Return `request` with its form, parsed from the page before. Raises PageError."""
        if not request.parent:
            return self.site(request).start_request(request.url)
        for each in linked_requests(self.content(request.parent)):
            if each.key == request.key:
                return each
        raise PageRefused("the page before no longer leads to it")

    def listing_entry(self, request: QueuedRequest) -> ListingEntry | None:
        """Return the entry of the listing that a story was found on, if it was found on one."""
        try:
            content = self.content(request.parent) if request.parent else None
        except PageError:
            return None
        entries = content.entries if isinstance(content, Listing) else ()
        return next((entry for entry in entries if entry.request.key == request.key), None)

    def site(self, request: QueuedRequest) -> Site:
        """Return the site that parses the page of `request`. Raises PageRefused for none."""
        if request.site not in self._sites:
            raise PageRefused("this version of Grue does not know its site")
        return self._sites[request.site]
