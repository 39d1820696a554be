"""Published Twine stories, on any page."""

from contextlib import suppress

import pytest
from hypothesis import given

from corpus_scraper.sites.site import EmbeddedStory, PageRequest
from corpus_scraper.sites.twine_page import SITE
from corpus_scraper.web.errors import PageRefused
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made
from tests.rows import every_row

URL = "https://stories.example/well.html"
STORY = """<html><body><tw-storydata name="The Well" startnode="1" ifid="A" format="Harlowe">
<tw-passagedata pid="1" name="Start">You lean over the wéll. [[Climb-&gt;Below]]</tw-passagedata>
<tw-passagedata pid="2" name="Below">It is dry.</tw-passagedata></tw-storydata></body></html>"""


def test_a_page_contains_a_whole_story() -> None:
    content = SITE.parse(made(STORY.encode(), URL))
    assert isinstance(content, EmbeddedStory)
    (graph,) = content.graphs
    assert (graph.title, graph.source.place) == ("The Well", URL)
    assert graph.source.fetched == "2026-11-01T12:00:00+00:00"
    first, second = graph.passages
    assert first.text.startswith("You lean over the wéll.")
    assert second.text == "It is dry."
    assert [choice.text for choice in graph.choices] == ["Climb"]


@every_row(
    ("links", "licence"),
    [
        ("", "unknown"),
        (
            '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC</a>',
            "CC-BY-4.0",
        ),
        ('<a href="https://creativecommons.org/licenses/by/4.0/">my friend</a>', "unknown"),
        ('<a rel="license" href="/terms">license</a>', "unknown"),
    ],
)
def test_the_licence_is_the_one_that_the_page_declares(links: str, licence: str) -> None:
    content = SITE.parse(made((STORY + links).encode(), URL))
    assert isinstance(content, EmbeddedStory)
    assert content.graphs[0].licence == licence


@every_row("charset", ["latin-1", "", "no-such", "hex"])
def test_it_is_decoded_despite_a_wrong_charset(charset: str) -> None:
    codec = "latin-1" if charset == "latin-1" else "utf-8"
    content = SITE.parse(made(STORY.encode(codec), URL, charset))
    assert isinstance(content, EmbeddedStory)
    assert "wéll" in content.graphs[0].passages[0].text


def test_any_web_page_is_handled() -> None:
    assert SITE.handles(URL)
    assert not SITE.handles("file:///well.html")
    assert SITE.start_request(f"{URL}#top") == PageRequest(URL, URL, starts_story=True)


def test_a_page_without_a_story_is_refused() -> None:
    with pytest.raises(PageRefused, match="not a published Twine story"):
        SITE.parse(made(b"<p>Hello", URL))


PARTS = (
    '<tw-storydata name="a" startnode="1">',
    '<tw-passagedata pid="1" name="b">',
    "[[a|b]]",
    "</tw-passagedata>",
    "</tw-storydata>",
    '<div id="storeArea"><div tiddler="Start" tags="">',
)


@given(any_page(*PARTS), CHARSETS)
def test_any_page_is_parsed_or_refused(body: bytes, charset: str) -> None:
    with suppress(PageRefused):
        assert isinstance(SITE.parse(made(body, URL, charset)), EmbeddedStory)
