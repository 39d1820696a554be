"""Provides what every site reads its pages with: the tree of a page, and the prose of a part of it.

Knows nothing of any site.
"""

import warnings
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from corpus_scraper import licences
from corpus_scraper.graph import UNKNOWN_LICENCE
from corpus_scraper.sites.site import Page
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.url_validation import endpoint
from dungeon.text import clean_line
from dungeon.text_encoding import UndecodableText, decode
from dungeon.transcript import normalise

_BLOCKS = frozenset(
    """
    address article aside blockquote center dd div dl dt figure footer form h1 h2 h3 h4 h5 h6 header
    hr li main ol p pre section table tbody td th thead tr ul
    """.split()
)
_HIDDEN = frozenset(
    "audio button canvas iframe img input noscript object script select style svg video".split()
)
_SPACES = " \t\n\r\f\u00a0"


MOST_TAGS = 100_000
"""More tags than any story page has; a hostile one would keep the parser busy for minutes."""


def text_of(page: Page) -> str:
    """Return a page decoded as its mark, its host or the page itself says, else as UTF-8."""
    declared = EncodingDetector.find_declared_encoding(page.body, is_html=True)
    try:
        return decode(page.body, page.charset, declared or "")
    except UndecodableText:
        return page.body.decode("cp1252", errors="replace")  # as browsers do


def tree(page: Page) -> BeautifulSoup:
    """Return the tree of a page, whatever is broken in it. Raises Refused where it is too large."""
    text = text_of(page)
    if text.count("<") > MOST_TAGS:
        raise PageRefused("the page has more tags than any story page")
    with warnings.catch_warnings():  # neither is news: pages are what they are
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(text, "lxml")


def prose(part: Tag | None) -> str:
    """Return the text of a part of a page as a passage holds it: clean, in paragraphs.

    Only a `<br>` breaks a line, and only a block begins a paragraph, as a browser shows it.
    """
    if part is None:
        return ""
    lines = (clean_line(line) for line in "".join(_pieces(part)).split("\n"))
    return normalise("\n".join(lines))


def _pieces(part: Tag) -> Iterator[str]:
    """Yield text without its own line breaks, and line breaks where the page has them.

    By hand rather than by recursion: a hostile page is nested as deep as it likes.
    """
    waiting: list[PageElement | str] = [part]
    while waiting:
        match waiting.pop():
            case PreformattedString():
                continue  # comments and their like
            case NavigableString() as text:
                yield _on_one_line(text)
            case Tag(name="br"):
                yield "\n"
            case Tag(name=name) as tag if name not in _HIDDEN:
                block = "\n\n" if name in _BLOCKS else ""
                waiting += (block, *reversed(tag.contents), block)
            case str() as gap:
                yield gap


def _on_one_line(text: str) -> str:
    words = " ".join(text.split())
    before = " " if text[:1] in _SPACES else ""
    after = " " if text[-1:] in _SPACES else ""
    return f"{before}{words}{after}" if words else " "


def line(part: Tag | None) -> str:
    """Return the text of a part of a page on one line."""
    return clean_line(prose(part))


def attribute(tag: Tag | None, name: str) -> str:
    """Return an attribute of a tag; empty where it has none."""
    value = tag.get(name) if tag else None
    return value if isinstance(value, str) else " ".join(value or ())


def licence_of(page: Page) -> str:
    """Return the licence that a page links to as its own, as SPDX has it; else `unknown`."""
    if b"license" not in page.body:
        return UNKNOWN_LICENCE
    links = tree(page).select("a[rel~='license'][href], link[rel~='license'][href]")
    told = {licences.identify(attribute(link, "href")) for link in links} - {UNKNOWN_LICENCE}
    return told.pop() if len(told) == 1 else UNKNOWN_LICENCE


def target(page: Page, reference: str) -> str:
    """Return the address that a page means by `reference`; empty where none may be fetched."""
    try:
        return endpoint(urldefrag(urljoin(page.url, reference.strip())).url).url
    except (ValueError, PageRefused):
        return ""
