"""Parse HTML for all sites: decode a page, and extract text, attributes, links and a licence."""

import warnings
from collections.abc import Collection, Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, XMLParsedAsHTMLWarning
from bs4.dammit import EncodingDetector
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from corpus_scraper import licences
from corpus_scraper.graph import UNKNOWN_LICENCE
from corpus_scraper.sites.site import Page
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.url_validation import parse_url
from dungeon.text import clean_line
from dungeon.text.encoding import UndecodableText, decode
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

MAX_TAGS = 100_000
"""More than any story page has; parsing a hostile page would take minutes."""


def decode_page(page: Page) -> str:
    """Return the text of a page: byte order mark, then Content-Type, then its meta tag or UTF-8."""
    declared = EncodingDetector.find_declared_encoding(page.body, is_html=True)
    try:
        return decode(page.body, page.charset, declared or "")
    except UndecodableText:
        return page.body.decode("cp1252", errors="replace")  # as browsers do


def parse_html(page: Page) -> BeautifulSoup:
    """Return the tree of a page, however broken. Raises PageRefused where it is too large."""
    text = decode_page(page)
    if text.count("<") > MAX_TAGS:
        raise PageRefused("the page has more tags than any story page")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(text, "lxml")


def extract_text(part: Tag | None) -> str:
    """Return the text of an element as a browser shows it: clean, in paragraphs.

    Only `<br>` breaks a line, and only a block starts a paragraph.
    """
    if part is None:
        return ""
    lines = (clean_line(line) for line in "".join(_chunks(part)).split("\n"))
    return normalise("\n".join(lines))


def _chunks(part: Tag) -> Iterator[str]:
    """Yield text without the line breaks of its source, and line breaks where a browser has them.

    With a stack instead of recursion: a hostile page may be nested to any depth.
    """
    stack: list[PageElement | str] = [part]
    while stack:
        match stack.pop():
            case PreformattedString():
                continue  # comments, doctypes, CDATA
            case NavigableString() as text:
                yield _on_one_line(text)
            case Tag(name="br"):
                yield "\n"
            case Tag(name=name) as tag if name not in _HIDDEN:
                block = "\n\n" if name in _BLOCKS else ""
                stack += (block, *reversed(tag.contents), block)
            case str() as gap:
                yield gap


def _on_one_line(text: str) -> str:
    words = " ".join(text.split())
    before = " " if text[:1] in _SPACES else ""
    after = " " if text[-1:] in _SPACES else ""
    return f"{before}{words}{after}" if words else " "


def extract_line(part: Tag | None) -> str:
    """Return the text of an element on one line."""
    return clean_line(extract_text(part))


def get_attribute(tag: Tag | None, name: str) -> str:
    """Return an attribute of a tag; empty where the tag or the attribute is missing."""
    value = tag.get(name) if tag else None
    return value if isinstance(value, str) else " ".join(value or ())


def declared_licence(page: Page) -> str:
    """Return the SPDX identifier of the licence that a page declares with `rel=license`.

    `unknown` where there is none, and where there are several.
    """
    if b"license" not in page.body:
        return UNKNOWN_LICENCE
    links = parse_html(page).select("a[rel~='license'][href], link[rel~='license'][href]")
    found = {licences.identify(get_attribute(link, "href")) for link in links} - {UNKNOWN_LICENCE}
    return found.pop() if len(found) == 1 else UNKNOWN_LICENCE


def resolve_link(page: Page, reference: str) -> str:
    """Return the URL of a link on a page; empty where it must not be fetched."""
    try:
        return parse_url(urldefrag(urljoin(page.url, reference.strip())).url).url
    except (ValueError, PageRefused):
        return ""


def site_origin(url: str, hosts: Collection[str]) -> str:
    """Return `https://` and the first of `hosts`, the names of one site; that of `url` elsewhere.

    So a page has one key whichever name it is linked by, and tests can run a copy of the site.
    """
    parts = urlsplit(url)
    return (
        f"https://{next(iter(hosts))}"
        if parts.hostname in hosts
        else f"{parts.scheme}://{parts.netloc}"
    )
