"""Provides infinite-story.com: a room is a page with an address of its own, a choice is a link.

Knows nothing of how pages are fetched.
"""

import re
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup

from corpus_scraper.sites.html import attribute, line, prose, target, tree
from corpus_scraper.sites.site import Entry, LandingPage, Link, Page, Reading, Site, Step, StoryPage
from corpus_scraper.web.errors import PageRefused

_HOSTS = ("infinite-story.com", "www.infinite-story.com")
_ROOM = "/story/room.php"
_ABOUT = "/story/info.php"
_TITLE_PARTS = re.compile(r"\s+[|:»·–—-]+\s+")


def _claims(url: str) -> bool:
    return urlsplit(url).hostname in _HOSTS and _step(url) is not None


def _enter(url: str) -> Entry:
    step = _step(url)
    if step is None:
        raise PageRefused("the address is that of no story")
    return Entry(step)


def _step(url: str) -> Step | None:
    """Return the step to the room, or to the page about a story, at `url`; None for others."""
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("id", [""])[0]
    if parts.path not in (_ROOM, _ABOUT) or not (number.isascii() and number.isdigit()):
        return None
    origin = (
        f"https://{_HOSTS[0]}" if parts.hostname in _HOSTS else f"{parts.scheme}://{parts.netloc}"
    )
    address = f"{origin}{parts.path}?id={int(number[:18])}"
    return Step(address, address)


def _read(page: Page) -> Reading:
    soup = tree(page)
    here = _step(page.url)
    if here is None:
        raise PageRefused("the page is no room of a story")
    if urlsplit(here.url).path == _ABOUT:
        return _cover(page, soup)
    return _room(page, here, soup)


def _cover(page: Page, soup: BeautifulSoup) -> LandingPage:
    author = soup.select_one("a[href*='/profile/']")
    for link in soup.select(f"a[href*='{_ROOM.rpartition('/')[2]}']"):
        if step := _step(target(page, attribute(link, "href"))):
            return LandingPage(step, title=_title(soup), author=line(author))
    raise PageRefused("the page has no link to play its story")


def _room(page: Page, here: Step, soup: BeautifulSoup) -> StoryPage:
    description = soup.select_one("div.description")
    if description is None:
        raise PageRefused("the page is no room of a story")
    found: dict[str, Link] = {}
    for link in soup.select("div.room-choices a[href]"):
        step = _step(target(page, attribute(link, "href")))
        if step and urlsplit(step.url).path == _ROOM:
            text = line(link)
            found.setdefault(f"{step.key} {text}", Link(text, step))
    number = here.url.rpartition("=")[2]
    ended = soup.select_one(".end-of-story") is not None
    return StoryPage(
        id=number,
        page=number,
        text=prose(description),
        ways=tuple(found.values()),
        ending=ended or not found,
        title=_title(soup),
    )


def _title(soup: BeautifulSoup) -> str:
    """Return the story's title from the title of its page, which the site's own name may follow."""
    parts = _TITLE_PARTS.split(line(soup.title))
    named = [part for part in parts if part and "infinite" not in part.lower()]
    return named[0] if named else line(soup.select_one("h1"))


SITE = Site("infinite-story", 1, _claims, _enter, _read)
