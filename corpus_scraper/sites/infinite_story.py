"""infinite-story.com: a room is a page with a URL of its own, a choice is a link."""

import re
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup

from corpus_scraper.sites import html
from corpus_scraper.sites.site import LandingPage, Link, Page, PageRequest, Site, StoryPage
from corpus_scraper.web.errors import PageRefused

_HOSTS = ("infinite-story.com", "www.infinite-story.com")
_ROOM = "/story/room.php"
_ABOUT = "/story/info.php"
_TITLE_PARTS = re.compile(r"\s+[|:»·–—-]+\s+")


def _handles(url: str) -> bool:
    return urlsplit(url).hostname in _HOSTS and _request(url) is not None


def _start_request(url: str) -> PageRequest:
    request = _request(url, starts_story=True)
    if request is None:
        raise PageRefused("the address is not a story's")
    return request


def _request(url: str, *, starts_story: bool = False) -> PageRequest | None:
    """Return the request for the room, or the page about a story, at `url`; None for others."""
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("id", [""])[0]
    if parts.path not in (_ROOM, _ABOUT) or not (number.isascii() and number.isdigit()):
        return None
    address = f"{html.site_origin(url, _HOSTS)}{parts.path}?id={int(number[:18])}"
    return PageRequest(address, address, starts_story=starts_story)


def _parse(page: Page) -> LandingPage | StoryPage:
    soup = html.parse_html(page)
    request = _request(page.url)
    if request is None:
        raise PageRefused("the page is not a room of a story")
    if urlsplit(request.url).path == _ABOUT:
        return _landing_page(page, soup)
    return _room(page, request, soup)


def _landing_page(page: Page, soup: BeautifulSoup) -> LandingPage:
    author = soup.select_one("a[href*='/profile/']")
    for link in soup.select(f"a[href*='{_ROOM.rpartition('/')[2]}']"):
        if request := _request(html.resolve_link(page, html.get_attribute(link, "href"))):
            return LandingPage(request, title=_title(soup), author=html.extract_line(author))
    raise PageRefused("the page has no link to play its story")


def _room(page: Page, request: PageRequest, soup: BeautifulSoup) -> StoryPage:
    description = soup.select_one("div.description")
    if description is None:
        raise PageRefused("the page is not a room of a story")
    links: dict[Link, None] = {}  # a set that keeps the order
    for anchor in soup.select("div.room-choices a[href]"):
        target = _request(html.resolve_link(page, html.get_attribute(anchor, "href")))
        if target and urlsplit(target.url).path == _ROOM:
            links[Link(html.extract_line(anchor), target)] = None
    number = request.url.rpartition("=")[2]
    return StoryPage(
        state_id=number,
        page_id=number,
        text=html.extract_text(description),
        links=tuple(links),
        ending=soup.select_one(".end-of-story") is not None or not links,
        title=_title(soup),
    )


def _title(soup: BeautifulSoup) -> str:
    """Return the story's title from the title of its page, which the site's own name may follow."""
    parts = _TITLE_PARTS.split(html.extract_line(soup.title))
    titles = [part for part in parts if part and "infinite" not in part.lower()]
    return titles[0] if titles else html.extract_line(soup.select_one("h1"))


SITE = Site("infinite-story", 1, _handles, _start_request, _parse)
