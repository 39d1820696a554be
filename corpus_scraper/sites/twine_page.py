"""Provides any page that is a published Twine story, wherever it stands: one page, one whole story.

Knows nothing of how pages are fetched, and leaves reading Twine to its format.
"""

from dataclasses import replace

from corpus_scraper.formats.story_file import StoryFile, Unreadable
from corpus_scraper.formats.twine import html as twine_html
from corpus_scraper.sites.html import licence_of, text_of
from corpus_scraper.sites.site import EmbeddedStory, Entry, Page, Site, Step
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.url_validation import endpoint


def _claims(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _enter(url: str) -> Entry:
    address = endpoint(url).url
    return Entry(Step(address, address))


def _read(page: Page) -> EmbeddedStory:
    try:
        graphs = tuple(twine_html.stories(_file(page)))
    except Unreadable as error:
        raise PageRefused("the page is no published Twine story") from error
    if not graphs:
        raise PageRefused("the page is no published Twine story")
    licence = licence_of(page)
    return EmbeddedStory(tuple(replace(graph, licence=licence) for graph in graphs))


def _file(page: Page) -> StoryFile:
    lines = text_of(page).replace("\r\n", "\n").replace("\r", "\n")
    return StoryFile(page.url, lines, page.sha256, page.fetched)


SITE = Site("twine-page", 1, _claims, _enter, _read)
