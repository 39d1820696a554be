"""Provides any page that is a published Twine story, wherever it stands: one page, one whole story.

Knows nothing of how pages are fetched, and leaves reading Twine to its format.
"""

from dataclasses import replace

from corpus_scraper.formats.reading import StoryFile, Unreadable
from corpus_scraper.formats.twine import published as twine_html
from corpus_scraper.sites.markup import licence_of, text_of
from corpus_scraper.sites.site import Entry, Page, Site, Step, Whole
from corpus_scraper.web.addresses import endpoint
from corpus_scraper.web.outcomes import Refused


def _claims(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _enter(url: str) -> Entry:
    address = endpoint(url).url
    return Entry(Step(address, address))


def _read(page: Page) -> Whole:
    try:
        graphs = tuple(twine_html.stories(_file(page)))
    except Unreadable as error:
        raise Refused("the page is no published Twine story") from error
    if not graphs:
        raise Refused("the page is no published Twine story")
    licence = licence_of(page)
    return Whole(tuple(replace(graph, licence=licence) for graph in graphs))


def _file(page: Page) -> StoryFile:
    lines = text_of(page).replace("\r\n", "\n").replace("\r", "\n")
    return StoryFile(page.url, lines, page.sha256, page.fetched)


SITE = Site("twine-page", 1, _claims, _enter, _read)
