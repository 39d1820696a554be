"""The `Site` interface: which URLs a site handles, where to start, and how a page is parsed.

docs/adding-a-site.md shows how to implement one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph
from corpus_scraper.web.fetcher import Form


@dataclass(frozen=True, slots=True)
class Page:
    """A fetched page, fresh or from the page cache."""

    url: str
    """After redirects."""
    body: bytes
    charset: str
    """Of the Content-Type header; empty where it has none."""
    fetched: str
    """Date and time in ISO 8601."""
    sha256: str
    """Of the body."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a page."""

    key: str
    """Identifies the request: one key is requested once. It must be the same on every run, which
    the hidden fields of a form are not."""
    url: str
    form: Form | None = None
    """The fields to POST; None for a GET."""
    starts_story: bool = False
    """Whether the page is the first of a story, or the landing page of one."""


@dataclass(frozen=True, slots=True)
class ListingEntry:
    """A story of a listing."""

    request: PageRequest
    """For its landing page or its first page."""
    title: str = ""
    author: str = ""
    details: str = ""
    """What the listing says of it, shown by `--dry-run`: `length 4, difficulty 6`."""
    licence: str = UNKNOWN_LICENCE


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that links to stories, and to more listings."""

    entries: tuple[ListingEntry, ...]
    more: tuple[PageRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class LandingPage:
    """A page about one story."""

    request: PageRequest
    """For the story's first page."""
    title: str = ""
    author: str = ""
    licence: str = UNKNOWN_LICENCE


@dataclass(frozen=True, slots=True)
class Link:
    """A choice on a story page."""

    text: str
    request: PageRequest


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A page of a story."""

    state_id: str
    """Identifies the page together with the state of the story's variables and items."""
    page_id: str
    """Identifies the page in whatever state; equal to `state_id` where the site has no state."""
    text: str
    """Clean, in paragraphs."""
    links: tuple[Link, ...] = ()
    ending: bool = False
    """Whether the story ends here, as its author meant it."""
    title: str = ""
    """Of the story."""
    licence: str = UNKNOWN_LICENCE
    notes: tuple[str, ...] = ()
    """What the parser could not keep, in sentences."""


@dataclass(frozen=True, slots=True)
class EndPage:
    """A page after the last one of a story: it asks for a rating, or thanks the reader."""


@dataclass(frozen=True, slots=True)
class EmbeddedStory:
    """A page that contains whole stories."""

    graphs: tuple[StoryGraph, ...]


PageContent = Listing | LandingPage | StoryPage | EndPage | EmbeddedStory
"""What `Site.parse` returns."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site, or a kind of page that many sites have."""

    name: str
    """As in `Source.parser`, summaries and `--site`."""
    version: int
    """Of `parse`; increased whenever it parses the same page differently."""
    handles: Callable[[str], bool]
    """Return whether `parse` can parse the page at a URL."""
    start_request: Callable[[str], PageRequest]
    """Return the first request for a URL that a user named. Raises PageRefused for no page."""
    parse: Callable[[Page], PageContent]
    """Return the content of a page, depending on the page alone. Raises PageRefused or
    PagePostponed where it has none."""
