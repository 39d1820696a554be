"""chooseyourstory.com: listings by genre, landing pages of stories, and the viewer.

The viewer has one URL. A choice POSTs the whole form of the page it is on, and the field `SS` of
the response holds the state: the page, the reader's items and the story's variables.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from corpus_scraper.sites import html
from corpus_scraper.sites.site import (
    EndPage,
    LandingPage,
    Link,
    Listing,
    ListingEntry,
    Page,
    PageContent,
    PageRequest,
    Site,
    StoryPage,
)
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.fetcher import Form

_HOSTS = ("chooseyourstory.com", "www.chooseyourstory.com")
_VIEWER = "/story/viewer/default.aspx"
_RATE = "/story/viewer/rate.aspx"
_LISTING = re.compile(r"/stories/(?:[\w-]+\.aspx)?", re.IGNORECASE)
_LANDING = re.compile(r"/story/(?!viewer(?:/|$))[^/]+/?", re.IGNORECASE)
_STORY_ID = re.compile(r"[?&](?:StoryId=)?(\d{1,9})\b", re.IGNORECASE)
_POST_BACK = re.compile(r"PostBack\(\s*['\"](\w{1,40})['\"]\s*,\s*['\"](\d{1,12})['\"]")
_NEXT_PAGE = re.compile(r"__doPostBack\('([^']{1,200})','(Page\$\d{1,4})'\)")
_SUFFIX = re.compile(r"\s*::\s*Story Viewer\s*$", re.IGNORECASE)
_BROKEN_LINK = "Link Resultset not loaded"

_PLAY = "[type=submit][onclick], [type=button][onclick]"
_BODY = ".dark1border + div"
_LINKS = f"{_BODY} > ul > li > a[onclick]"
_ITEMS = f"{_BODY} table[id^='Item_']"

_Kind = Literal["viewer", "landing", "listing"]


def _handles(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname in _HOSTS and _kind(parts.path) is not None


def _kind(path: str) -> _Kind | None:
    if path.lower() in (_VIEWER, _VIEWER.rpartition("/")[0] + "/"):
        return "viewer"
    if _LANDING.fullmatch(path):
        return "landing"
    return "listing" if _LISTING.fullmatch(path) else None


def _start_request(url: str) -> PageRequest:
    match _kind(urlsplit(url).path):
        case "listing":
            return _request(url)
        case "landing":
            return _request(url, starts_story=True)
        case "viewer":
            return _first_page(url, url, starts_story=True)
    raise PageRefused("the address is not a listing's or a story's")


def _request(url: str, *, starts_story: bool = False) -> PageRequest:
    address = html.site_origin(url, _HOSTS) + (urlsplit(url).path or "/")
    return PageRequest(address, address, starts_story=starts_story)


def _first_page(url: str, reference: str, *, starts_story: bool = False) -> PageRequest:
    """Return the request for the first page of the story whose number is in `reference`."""
    if story := _STORY_ID.search(reference):
        address = f"{html.site_origin(url, _HOSTS)}{_VIEWER}?StoryId={story.group(1)}"
        return PageRequest(address, address, starts_story=starts_story)
    raise PageRefused("the address has no story number")


def _parse(page: Page) -> PageContent:
    soup = html.parse_html(page)
    path = urlsplit(page.url).path
    match _kind(path):
        case "listing":
            return _listing(page, soup)
        case "landing":
            return _landing_page(page, soup)
        case "viewer":
            return _viewer_page(page, soup)
    if path.lower() == _RATE:
        return EndPage()
    raise PageRefused("the page is not a listing or a story")


# Listings and landing pages ----------------------------------------------------------------------


def _listing(page: Page, soup: BeautifulSoup) -> Listing:
    anchors = soup.select("[id$='StoriesGridView'] tr a[id*='HyperLink1_']")
    rows = [_entry(_request(url), anchor) for anchor, url in _links_to("landing", page, anchors)]
    entries = {entry.request.key: entry for entry in reversed(rows)}  # the first of each story
    boxes = soup.select("a[href]") if urlsplit(page.url).path.lower() == "/stories/" else []
    genres = (_request(url) for _, url in _links_to("listing", page, boxes))
    more = {request.key: request for request in (*genres, *_further_pages(page, soup))}
    more.pop(_request(page.url).key, None)
    if not entries and not more:
        raise PageRefused("the page lists no story")
    return Listing(tuple(reversed(entries.values())), tuple(more.values()))


def _further_pages(page: Page, soup: BeautifulSoup) -> Iterator[PageRequest]:
    """Yield the requests for the other pages of a listing; the site pages by POST."""
    request = _request(page.url)
    fields = dict(_form_fields(soup.select("form input[name]")))
    for anchor in soup.select("[id$='StoriesGridView'] a[href*='Page$']"):
        if found := _NEXT_PAGE.search(html.get_attribute(anchor, "href")):
            target, argument = found.groups()
            form = fields | {"__EVENTTARGET": target, "__EVENTARGUMENT": argument}
            yield PageRequest(f"{request.key}#{argument}", request.url, tuple(form.items()))


def _links_to(kind: _Kind, page: Page, anchors: Iterable[Tag]) -> Iterator[tuple[Tag, str]]:
    """Yield the links to a kind of page of this site, and their URLs."""
    for anchor in anchors:
        url = html.resolve_link(page, html.get_attribute(anchor, "href"))
        same_site = html.site_origin(url, _HOSTS) == html.site_origin(page.url, _HOSTS)
        if same_site and _kind(urlsplit(url).path) == kind:
            yield anchor, url


def _entry(request: PageRequest, anchor: Tag) -> ListingEntry:
    """Return the entry of a row: title, author, length, difficulty and rating."""
    row = anchor.find_parent("tr")
    cells = row.find_all("td", recursive=False) if row else []
    texts = [
        html.extract_line(cell) or html.get_attribute(cell.find("img"), "alt") for cell in cells
    ]
    texts += [""] * 5
    values = zip(("length", "difficulty", "rating"), texts[2:5], strict=True)
    details = ", ".join(f"{name} {value.partition(' - ')[0]}" for name, value in values if value)
    return ListingEntry(request, title=html.extract_line(anchor), author=texts[1], details=details)


def _landing_page(page: Page, soup: BeautifulSoup) -> LandingPage:
    buttons = [html.get_attribute(button, "onclick") for button in soup.select(_PLAY)]
    links = [html.get_attribute(link, "href") for link in soup.select("a[href*='/viewer/']")]
    for reference in filter(_STORY_ID.search, (*buttons, *links)):
        author = soup.select_one("a[href*='/member/' i], a[href*='/profile/' i]")
        return LandingPage(
            _first_page(page.url, reference),
            title=html.extract_line(soup.select_one("h1")),
            author=html.extract_line(author),
        )
    raise PageRefused("the page has no button to play its story")


# The viewer --------------------------------------------------------------------------------------


def _viewer_page(page: Page, soup: BeautifulSoup) -> StoryPage | EndPage:
    title = html.extract_line(soup.title)
    if title == _BROKEN_LINK:
        raise PageRefused("the author's link is broken")
    if _asks_for_rating(soup):
        return EndPage()
    form = _form_fields(soup.select("#pbForm input[name]"))
    state = _decode_state(dict(form).get("SS", ""))
    body = soup.select_one(_BODY)
    if body is None:
        raise PageRefused("the page has no text where the viewer shows it")
    text = html.extract_text(body.find("div", recursive=False))
    offered = tuple(_links(page, soup, form, state))
    links = tuple(link for link in offered if not _ends_game(link.text))
    return StoryPage(
        state_id=state.id,
        page_id=state.page,
        text=text,
        links=links,
        ending=len(links) < len(offered) or not offered,
        title=_SUFFIX.sub("", title),
        notes=() if text else ("Some pages have no text.",),
    )


def _ends_game(choice: str) -> bool:
    return choice.lower().strip(" .!") == "end game and leave comments"


def _asks_for_rating(soup: BeautifulSoup) -> bool:
    if any(
        "rate.aspx" in html.get_attribute(form, "action").lower() for form in soup.select("form")
    ):
        return True
    return any(html.extract_line(heading).startswith("Rate ") for heading in soup.select("form h1"))


def _form_fields(inputs: Iterable[Tag]) -> Form:
    """Return the fields that a browser sends when a script submits the form."""
    return tuple(
        (html.get_attribute(field, "name"), html.get_attribute(field, "value"))
        for field in inputs
        if html.get_attribute(field, "type").lower() not in ("submit", "button", "image", "reset")
    )


@dataclass(frozen=True, slots=True)
class _State:
    """The page a reader is on, and the state of the story."""

    page: str
    variables: str
    """Items and variables; empty where the story has none."""

    @property
    def id(self) -> str:
        if not self.variables:
            return self.page
        return f"{self.page}~{hashlib.sha256(self.variables.encode()).hexdigest()[:12]}"


def _decode_state(field: str) -> _State:
    """Parse the field `SS`: `guid,page|history|links|items|variables`, in base64.

    The guid changes with every visit, and history and links with the path to the page: none of them
    is part of the state. Raises PageRefused where there is no page number, for then nothing
    identifies the page.
    """
    try:
        decoded = base64.b64decode(field, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise PageRefused("the page has no page number") from error
    visit, *rest = decoded.split("|")
    page = visit.rpartition(",")[2].strip()
    if not page.isascii() or not page.isdigit():
        raise PageRefused("the page has no page number")
    variables = "|".join(rest[2:])
    return _State(page, variables if variables.strip("| ") else "")


def _links(page: Page, soup: BeautifulSoup, form: Form, state: _State) -> Iterator[Link]:
    """Yield the choices of a page, and the uses of the items on it."""
    texts = [(anchor, html.extract_line(anchor)) for anchor in soup.select(_LINKS)]
    for item in soup.select(_ITEMS):
        name = html.extract_line(item.select_one("h2"))
        anchors = item.select("a[onclick]")
        texts += [(anchor, f"{html.extract_line(anchor)} {name}".strip()) for anchor in anchors]
    for anchor, text in texts:
        if found := _POST_BACK.search(html.get_attribute(anchor, "onclick")):
            action, value = found.groups()
            move = {"pbAction": action, "pbValue": value}
            unchanged = (field for field in form if field[0] not in move)
            first = _first_page(page.url, page.url)
            key = f"{first.key}#{state.id}>{action}:{value}"
            yield Link(text, PageRequest(key, first.url, (*unchanged, *move.items())))


SITE = Site("chooseyourstory", 1, _handles, _start_request, _parse)
