"""Parse the package file of an e-book: title, author, licence, and the order of its pages."""

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


def parse_package(text: str) -> Package:
    """Parse the text of a package file; nothing in it is expanded or fetched."""
    metadata: dict[str, list[str]] = {}
    pages: dict[str, str] = {}
    order: list[str] = []
    inside = ""
    for token in tokens(text):
        match token:
            case Tag(name="item"):
                item = token.attributes()
                is_page = "html" in item.get("media-type", "html")
                if is_page and "nav" not in item.get("properties", ""):
                    pages[item.get("id", "")] = unquote(item.get("href", ""))
            case Tag(name="itemref"):
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
    book = Book(**{"title": ""} | first, licence="" if licence == UNKNOWN_LICENCE else licence)
    return Package(book, tuple(pages[each] for each in order if pages.get(each)))
