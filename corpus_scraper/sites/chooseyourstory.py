"""Provides chooseyourstory.com: lists by genre, pages about stories, and the viewer with its moves.

The viewer is one address. A move is a POST of the whole form of the page before, and the field `SS`
of the answer says where the reader is: which page, and with what items and variables. Knows nothing
of how pages are fetched.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from corpus_scraper.sites.html import attribute, line, prose, target, tree
from corpus_scraper.sites.site import (
    End,
    Entry,
    LandingPage,
    Link,
    Listing,
    Page,
    Reading,
    Site,
    Step,
    StoryPage,
)
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.fetcher import Form

_HOSTS = ("chooseyourstory.com", "www.chooseyourstory.com")
_VIEWER = "/story/viewer/default.aspx"
_RATE = "/story/viewer/rate.aspx"
_LIST = re.compile(r"/stories/(?:[\w-]+\.aspx)?", re.IGNORECASE)
_COVER = re.compile(r"/story/(?!viewer(?:/|$))[^/]+/?", re.IGNORECASE)
_STORY_ID = re.compile(r"[?&](?:StoryId=)?(\d{1,9})\b", re.IGNORECASE)
_POST_BACK = re.compile(r"PostBack\(\s*['\"](\w{1,40})['\"]\s*,\s*['\"](\d{1,12})['\"]")
_TURN = re.compile(r"__doPostBack\('([^']{1,200})','(Page\$\d{1,4})'\)")
_SUFFIX = re.compile(r"\s*::\s*Story Viewer\s*$", re.IGNORECASE)
_BROKEN_LINK = "Link Resultset not loaded"

_PLAY = "[type=submit][onclick], [type=button][onclick]"
_BODY = ".dark1border + div"
_LINKS = f"{_BODY} > ul > li > a[onclick]"
_ITEMS = f"{_BODY} table[id^='Item_']"


def _claims(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname in _HOSTS and _kind(parts.path) is not None


def _kind(path: str) -> str | None:
    if path.lower() in (_VIEWER, _VIEWER.rpartition("/")[0] + "/"):
        return "viewer"
    if _COVER.fullmatch(path):
        return "cover"
    return "list" if _LIST.fullmatch(path) else None


def _enter(url: str) -> Step | Entry:
    match _kind(urlsplit(url).path):
        case "list":
            return _step(url)
        case "cover":
            return Entry(_step(url))
        case "viewer":
            return Entry(_first_page(url, url))
    raise PageRefused("the address is that of no list and no story")


def _step(url: str) -> Step:
    parts = urlsplit(url)
    address = _origin(url) + (parts.path or "/")
    return Step(address, address)


def _first_page(url: str, mention: str) -> Step:
    """Return the step to the first page of the story that `mention` names by its number."""
    if story := _STORY_ID.search(mention):
        address = f"{_origin(url)}{_VIEWER}?StoryId={story.group(1)}"
        return Step(address, address)
    raise PageRefused("the address does not say which story it is")


def _origin(url: str) -> str:
    """Return the one origin of the site's many names, or that of a mirror."""
    parts = urlsplit(url)
    return (
        f"https://{_HOSTS[0]}" if parts.hostname in _HOSTS else f"{parts.scheme}://{parts.netloc}"
    )


def _read(page: Page) -> Reading:
    soup = tree(page)
    match _kind(urlsplit(page.url).path):
        case "list":
            return _listing(page, soup)
        case "cover":
            return _cover(page, soup)
        case "viewer":
            return _viewed(page, soup)
    if urlsplit(page.url).path.lower() == _RATE:
        return End()
    raise PageRefused("the page is no list and no story")


# Lists and pages about stories -------------------------------------------------------------------


def _listing(page: Page, soup: BeautifulSoup) -> Listing:
    links = soup.select("[id$='StoriesGridView'] tr a[id*='HyperLink1_']")
    rows = [_row(_step(address), link) for link, address in _leading_to("cover", page, links)]
    stories = {entry.step.key: entry for entry in reversed(rows)}
    boxes = soup.select("a[href]") if urlsplit(page.url).path.lower() == "/stories/" else []
    lists = {_step(address).key: _step(address) for _, address in _leading_to("list", page, boxes)}
    lists.pop(_step(page.url).key, None)
    lists |= {step.key: step for step in _leaves(page, soup)}
    if not stories and not lists:
        raise PageRefused("no story is listed on it")
    return Listing(tuple(reversed(stories.values())), tuple(lists.values()))


def _leaves(page: Page, soup: BeautifulSoup) -> Iterator[Step]:
    """Yield the steps to the other leaves of a list; they are turned by a form, as moves are."""
    here = _step(page.url)
    fields = dict(_fields(soup.select("form input[name]")))
    for link in soup.select("[id$='StoriesGridView'] a[href*='Page$']"):
        if turn := _TURN.search(attribute(link, "href")):
            grid, leaf = turn.groups()
            form = fields | {"__EVENTTARGET": grid, "__EVENTARGUMENT": leaf}
            yield Step(f"{here.key}#{leaf}", here.url, tuple(form.items()))


def _leading_to(kind: str, page: Page, links: Iterable[Tag]) -> Iterator[tuple[Tag, str]]:
    """Yield the links that lead to a page of a kind on this very site, and their addresses."""
    for link in links:
        address = target(page, attribute(link, "href"))
        if _kind(urlsplit(address).path) == kind and _origin(address) == _origin(page.url):
            yield link, address


def _row(step: Step, link: Tag) -> Entry:
    """Return the story of a row, which has title, author, length, difficulty and rating."""
    row = link.find_parent("tr")
    cells = row.find_all("td", recursive=False) if row else []
    told = [line(cell) or attribute(cell.find("img"), "alt") for cell in cells] + [""] * 5
    kinds = zip(("length", "difficulty", "rating"), told[2:5], strict=True)
    details = ", ".join(f"{kind} {value.partition(' - ')[0]}" for kind, value in kinds if value)
    return Entry(step, title=line(link), author=told[1], details=details)


def _cover(page: Page, soup: BeautifulSoup) -> LandingPage:
    buttons = [attribute(button, "onclick") for button in soup.select(_PLAY)]
    links = [attribute(link, "href") for link in soup.select("a[href*='/viewer/']")]
    for mention in filter(_STORY_ID.search, (*buttons, *links)):
        author = soup.select_one("a[href*='/member/' i], a[href*='/profile/' i]")
        first = _first_page(page.url, mention)
        return LandingPage(first, title=line(soup.select_one("h1")), author=line(author))
    raise PageRefused("the page has no button to play its story")


# The viewer --------------------------------------------------------------------------------------


def _viewed(page: Page, soup: BeautifulSoup) -> Reading:
    title = line(soup.title)
    if title == _BROKEN_LINK:
        raise PageRefused("the author's link leads nowhere")
    if _is_rating(soup):
        return End()
    form = _fields(soup.select("#pbForm input[name]"))
    place = _place(dict(form).get("SS", ""))
    body = soup.select_one(_BODY)
    if body is None:
        raise PageRefused("the page has no text where the viewer has it")
    text = prose(body.find("div", recursive=False))
    offered = tuple(_ways(page, soup, form, place))
    ways = tuple(way for way in offered if not _says_the_end(way.text))
    return StoryPage(
        id=place.scene,
        page=place.page,
        text=text,
        ways=ways,
        ending=len(ways) < len(offered) or not offered,
        title=_SUFFIX.sub("", title),
        notes=() if text else ("Some pages have no text.",),
    )


def _says_the_end(choice: str) -> bool:
    return choice.lower().strip(" .!") == "end game and leave comments"


def _is_rating(soup: BeautifulSoup) -> bool:
    if any("rate.aspx" in attribute(form, "action").lower() for form in soup.select("form")):
        return True
    return any(line(heading).startswith("Rate ") for heading in soup.select("form h1"))


def _fields(inputs: Iterable[Tag]) -> Form:
    """Return the fields of a form that is sent back by a link, as a browser does."""
    return tuple(
        (attribute(field, "name"), attribute(field, "value"))
        for field in inputs
        if attribute(field, "type").lower() not in ("submit", "button", "image", "reset")
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reader is."""

    page: str
    state: str
    """Items and variables; empty where the story keeps none."""

    @property
    def scene(self) -> str:
        if not self.state:
            return self.page
        return f"{self.page}~{hashlib.sha256(self.state.encode()).hexdigest()[:12]}"


def _place(hidden: str) -> _Place:
    """Return what `SS` says: `guid,page|history|links|items|variables`, in base64.

    The guid is the visit's, the history and the links followed are the way's. Raises Refused where
    it says nothing, for then nothing tells this page from another.
    """
    try:
        told = base64.b64decode(hidden, validate=True).decode("utf-8")
    except (binascii.Error, ValueError) as error:
        raise PageRefused("the page does not say which it is") from error
    where, *rest = told.split("|")
    page = where.rpartition(",")[2].strip()
    if not page.isascii() or not page.isdigit():
        raise PageRefused("the page does not say which it is")
    state = "|".join(rest[2:])
    return _Place(page, state if state.strip("| ") else "")


def _ways(page: Page, soup: BeautifulSoup, form: Form, place: _Place) -> Iterator[Link]:
    for link in soup.select(_LINKS):
        yield from _way(page, link, line(link), form, place)
    for item in soup.select(_ITEMS):
        name = line(item.select_one("h2"))
        for link in item.select("a[onclick]"):
            does = line(link)
            yield from _way(page, link, f"{does} {name}".strip(), form, place)


def _way(page: Page, link: Tag, text: str, form: Form, place: _Place) -> Iterator[Link]:
    """Yield the move that a link makes, if it makes one."""
    if move := _POST_BACK.search(attribute(link, "onclick")):
        action, value = move.groups()
        fields = {"pbAction": action, "pbValue": value}
        kept = tuple((name, fields.pop(name, old)) for name, old in form)
        first = _first_page(page.url, page.url)
        key = f"{first.key}#{place.scene}>{action}:{value}"
        yield Link(text, Step(key, first.url, (*kept, *fields.items())))


SITE = Site("chooseyourstory", 1, _claims, _enter, _read)
