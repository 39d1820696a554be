"""Provides Site: what a story site has to say to be scraped, and what is read on its pages.

A site tells which addresses are its own, where to begin, and what stands on a page. Knows nothing
of how pages are fetched, kept or joined to stories.
"""

from collections.abc import Callable
from dataclasses import dataclass

from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph
from corpus_scraper.web.fetcher import Form


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came, from the site or from the cache."""

    url: str
    """Where it was at last, after redirects."""
    body: bytes
    charset: str
    """As the host names it; empty where it does not."""
    fetched: str
    """When, in ISO 8601."""
    sha256: str
    """Of the body."""


@dataclass(frozen=True, slots=True)
class Step:
    """A request that leads to a page."""

    key: str
    """What tells it from every other: the same step found twice is taken once. It must not change
    from run to run, as the hidden fields of a form do."""
    url: str
    """An address that may be fetched."""
    form: Form | None = None
    """The fields to POST; None for a GET."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A story that begins with a step."""

    step: Step
    title: str = ""
    author: str = ""
    details: str = ""
    """What a list tells of it, for whoever chooses: `length 4, difficulty 6`."""
    licence: str = UNKNOWN_LICENCE


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that leads to stories, and to more such pages."""

    entries: tuple[Entry, ...]
    more: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class LandingPage:
    """A page about one story, from which it begins."""

    step: Step
    """To the story's first page."""
    title: str = ""
    author: str = ""
    licence: str = UNKNOWN_LICENCE


@dataclass(frozen=True, slots=True)
class Link:
    """A choice on a page."""

    text: str
    step: Step


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A page of a story."""

    id: str
    """The same whenever a reader comes to the same place in the same state."""
    page: str
    """The same whenever a reader comes to the same place, in whatever state."""
    text: str
    """Clean."""
    ways: tuple[Link, ...] = ()
    ending: bool = False
    """Whether the story ends here, as its author meant it."""
    title: str = ""
    """Of the story."""
    licence: str = UNKNOWN_LICENCE
    notes: tuple[str, ...] = ()
    """What could not be kept, in sentences."""


@dataclass(frozen=True, slots=True)
class End:
    """A page that comes after a story's last one: it asks for a rating, or thanks the reader."""


@dataclass(frozen=True, slots=True)
class EmbeddedStory:
    """A page that holds whole stories."""

    graphs: tuple[StoryGraph, ...]


Reading = Listing | LandingPage | StoryPage | End | EmbeddedStory
"""What stands on a page."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site, or a kind of page that many sites have."""

    name: str
    """As `Source.parser` and a summary say it."""
    version: int
    """Raised whenever `read` reads the same page differently."""
    claims: Callable[[str], bool]
    """Whether the page at an address is the site's to read."""
    enter: Callable[[str], Step | Entry]
    """Where to begin for an address it claims: with a story, or with a page that leads to some."""
    read: Callable[[Page], Reading]
    """What stands on a page; the same page always reads the same. Raises Refused, Postponed."""
