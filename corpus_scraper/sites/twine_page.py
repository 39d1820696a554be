"""Any page that is a published Twine story: one page contains the whole story."""

from dataclasses import replace

from corpus_scraper.formats.story_file import StoryFile, Unreadable
from corpus_scraper.formats.twine import html as twine_html
from corpus_scraper.sites.html import declared_licence, decode_page
from corpus_scraper.sites.site import EmbeddedStory, Page, PageRequest, Site
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.url_validation import parse_url
from dungeon.text.encoding import unify_line_ends


def _handles(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _start_request(url: str) -> PageRequest:
    address = parse_url(url).url
    return PageRequest(address, address, starts_story=True)


def _parse(page: Page) -> EmbeddedStory:
    text = unify_line_ends(decode_page(page))
    try:
        graphs = tuple(twine_html.stories(StoryFile(page.url, text, page.sha256, page.fetched)))
    except Unreadable as error:
        raise PageRefused("the page is not a published Twine story") from error
    if not graphs:
        raise PageRefused("the page is not a published Twine story")
    licence = declared_licence(page)
    return EmbeddedStory(tuple(replace(graph, licence=licence) for graph in graphs))


SITE = Site("twine-page", 1, _handles, _start_request, _parse)
