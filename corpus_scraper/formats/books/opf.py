"""Parse the package file of an e-book: title, author, licence, and the order of its pages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from corpus_scraper import licences
from corpus_scraper.formats.books.novel import Book
from corpus_scraper.formats.html_tokens import End, Tag, tokens
from corpus_scraper.graph import UNKNOWN_LICENCE

_ELEMENTS = {
    "dc:title": "title",
    "dc:creator": "author",
    "dc:language": "language",
    "dc:rights": "rights",
}


@dataclass(frozen=True, slots=True)
class Package:
    """The metadata of a package file, and its pages."""

    book: Book = Book("")  # noqa: RUF009 - it is frozen
    paths: tuple[str, ...] = ()
    """Paths of the pages in reading order, relative to the package file."""
    notes: tuple[str, ...] = ()
    """A sentence for each entry of the spine that is no page."""


_PROSE = re.compile(r"html|oeb1-document|dtbook|^(?:application|text)/xml$|^text/plain$|^$")
"""Media types of pages: XHTML, those of EPUB 2 and its forerunner, and careless ones."""


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry of the manifest."""

    path: str
    media_type: str
    fallback: str
    """Id of the item to be read in its place where the media type is no prose."""
    is_contents: bool

    @property
    def is_page(self) -> bool:
        return bool(self.path and _PROSE.search(self.media_type)) and not self.is_contents


def _item(attributes: Mapping[str, str]) -> _Item:
    return _Item(
        # A fragment is a place within the page; an encoded `#` belongs to the file name.
        unquote(attributes.get("href", "").strip().partition("#")[0]),
        attributes.get("media-type", "").partition(";")[0].strip().casefold(),
        attributes.get("fallback", ""),
        "nav" in attributes.get("properties", "").split(),
    )


def parse_package(text: str) -> Package:
    """Parse the text of a package file; nothing in it is expanded or fetched."""
    metadata: dict[str, list[str]] = {}
    items: dict[str, _Item] = {}
    order: list[str] = []
    inside = ""
    for token in tokens(text):
        match token:
            case Tag(name="item" | "opf:item"):
                attributes = token.attributes()
                items.setdefault(attributes.get("id", ""), _item(attributes))
            case Tag(name="itemref" | "opf:itemref"):
                order.append(token.attributes().get("idref", ""))
            case Tag(name=name) if name in _ELEMENTS and not token.closed:
                inside = _ELEMENTS[name]
                metadata.setdefault(inside, []).append("")
            case End(name=name) if name in _ELEMENTS:
                inside = ""
            case str() if inside:
                metadata[inside][-1] += token
    first = {
        name: " ".join(next(filter(str.strip, values), "").split())
        for name, values in metadata.items()
    }
    licence = licences.identify(first.pop("rights", ""))
    book = Book(
        first.get("title", ""),
        first.get("author", ""),
        first.get("language", ""),
        licence="" if licence == UNKNOWN_LICENCE else licence,
    )
    return Package(book, *_spine(items, order))


def _spine(
    items: Mapping[str, _Item], order: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paths of the pages in `order`, and a note for each entry that is no page."""
    paths: list[str] = []
    notes: list[str] = []
    for id_ in dict.fromkeys(order):
        item = items.get(id_)
        if item is None:
            notes.append(f"The spine names {id_[:200]!r}, which the manifest does not have.")
            continue
        page = item if item.is_page or item.is_contents else items.get(item.fallback, item)
        if page.is_page:
            paths.append(page.path)
        elif item.is_contents:
            notes.append(f"{item.path[:200]} was left out: it is the table of contents.")
        else:
            kind = item.media_type[:100] or "unknown"
            notes.append(f"{item.path[:200] or id_[:200]} was left out: {kind} is no prose.")
    return tuple(paths), tuple(notes)
