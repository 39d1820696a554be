"""infinite-story.com: a room is a page, a choice a link."""

import pytest
from hypothesis import given

from corpus_scraper.sites.infinite_story import SITE
from corpus_scraper.sites.site import LandingPage, PageRequest, StoryPage
from corpus_scraper.web.errors import PageError, PageRefused
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made, saved
from tests.rows import every_row

HOME = "https://infinite-story.com"
ROOM = f"{HOME}/story/room.php?id=41162"


@every_row(
    ("url", "handled"),
    [
        (ROOM, True),
        ("http://www.infinite-story.com/story/info.php?id=2323", True),
        (f"{HOME}/story/room.php", False),
        (f"{HOME}/story/room.php?id=x", False),
        (f"{HOME}/profile/?id=5396", False),
        ("https://other.example/story/room.php?id=41162", False),
    ],
)
def test_its_own_urls_are_handled(url: str, handled: bool) -> None:
    assert SITE.handles(url) is handled


def test_one_room_has_one_key() -> None:
    url = "http://www.infinite-story.com/story/room.php?ref=2&id=041162"
    assert SITE.start_request(url) == PageRequest(ROOM, ROOM, starts_story=True)
    with pytest.raises(PageRefused):
        SITE.start_request(HOME)


def test_a_room_is_parsed() -> None:
    content = SITE.parse(saved("infinite_story_room", ROOM))
    assert isinstance(content, StoryPage)
    assert (content.state_id, content.page_id, content.title) == (
        "41162",
        "41162",
        "The Lamp Below",
    )
    assert content.text == (
        "You hold the lamp over the shaft.\n\nIt shows you a ladder,\nand nothing else."
    )
    assert [(link.text, link.request.url) for link in content.links] == [
        ("Climb down", f"{HOME}/story/room.php?id=41163"),
        ("Drop a stone", f"{HOME}/story/room.php?id=41164"),
    ]
    assert not content.ending


def test_an_ending_is_recognised() -> None:
    content = SITE.parse(saved("infinite_story_end", ROOM))
    assert isinstance(content, StoryPage)
    assert content.ending
    assert not content.links


def test_a_page_about_a_story_leads_to_its_first_room() -> None:
    page = saved("infinite_story_about", f"{HOME}/story/info.php?id=2323")
    assert SITE.parse(page) == LandingPage(PageRequest(ROOM, ROOM), "The Lamp Below", "Wick")


@every_row("path", ["/story/room.php?id=1", "/story/info.php?id=1", "/elsewhere"])
def test_a_page_without_the_expected_parts_is_refused(path: str) -> None:
    with pytest.raises(PageRefused):
        SITE.parse(made(b"<h1>Down for maintenance</h1>", HOME + path))


PARTS = (
    '<div class="description">',
    '<div class="room-choices"><a href="room.php?id=1">',
    '<a href="room.php?id=99999999999999999999999">',
    '<p class="end-of-story">',
    "<title>a | b",
)


@given(any_page(*PARTS), CHARSETS)
def test_any_page_is_parsed_or_refused(body: bytes, charset: str) -> None:
    for url in (ROOM, f"{HOME}/story/info.php?id=2"):
        page = made(body, url, charset)
        try:
            content = SITE.parse(page)
        except PageError:
            continue
        assert content == SITE.parse(page)
