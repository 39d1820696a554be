"""infinite-story.com: a room is a page, a choice a link."""

import pytest
from hypothesis import given

from corpus_scraper.sites.infinite_story import SITE
from corpus_scraper.sites.site import Entry, LandingPage, Step, StoryPage
from corpus_scraper.web.errors import PageError, PageRefused
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made, saved

HOME = "https://infinite-story.com"
ROOM = f"{HOME}/story/room.php?id=41162"


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        (ROOM, True),
        ("http://www.infinite-story.com/story/info.php?id=2323", True),
        (f"{HOME}/story/room.php", False),
        (f"{HOME}/story/room.php?id=x", False),
        (f"{HOME}/profile/?id=5396", False),
        ("https://other.example/story/room.php?id=41162", False),
    ],
)
def test_its_own_addresses_are_claimed(url: str, claimed: bool) -> None:
    assert SITE.claims(url) is claimed


def test_one_room_has_one_key() -> None:
    url = "http://www.infinite-story.com/story/room.php?ref=2&id=041162"
    assert SITE.enter(url) == Entry(Step(ROOM, ROOM))
    with pytest.raises(PageRefused):
        SITE.enter(HOME)


def test_a_room_is_read() -> None:
    reading = SITE.read(saved("infinite_story_room", ROOM))
    assert isinstance(reading, StoryPage)
    assert (reading.id, reading.page, reading.title) == ("41162", "41162", "The Lamp Below")
    assert reading.text == (
        "You hold the lamp over the shaft.\n\nIt shows you a ladder,\nand nothing else."
    )
    assert [(way.text, way.step.url) for way in reading.ways] == [
        ("Climb down", f"{HOME}/story/room.php?id=41163"),
        ("Drop a stone", f"{HOME}/story/room.php?id=41164"),
    ]
    assert not reading.ending


def test_an_end_is_told() -> None:
    reading = SITE.read(saved("infinite_story_end", ROOM))
    assert isinstance(reading, StoryPage)
    assert reading.ending
    assert not reading.ways


def test_a_page_about_a_story_leads_to_its_first_room() -> None:
    page = saved("infinite_story_about", f"{HOME}/story/info.php?id=2323")
    assert SITE.read(page) == LandingPage(Step(ROOM, ROOM), "The Lamp Below", "Wick")


@pytest.mark.parametrize("path", ["/story/room.php?id=1", "/story/info.php?id=1", "/elsewhere"])
def test_a_page_without_what_belongs_on_it_is_refused(path: str) -> None:
    with pytest.raises(PageRefused):
        SITE.read(made(b"<h1>Down for maintenance</h1>", HOME + path))


PARTS = (
    '<div class="description">',
    '<div class="room-choices"><a href="room.php?id=1">',
    '<a href="room.php?id=99999999999999999999999">',
    '<p class="end-of-story">',
    "<title>a | b",
)


@given(any_page(*PARTS), CHARSETS)
def test_any_page_is_read_or_refused(body: bytes, charset: str) -> None:
    for url in (ROOM, f"{HOME}/story/info.php?id=2"):
        page = made(body, url, charset)
        try:
            reading = SITE.read(page)
        except PageError:
            continue
        assert reading == SITE.read(page)
