"""Provides what the package file of an e-book tells: title, author, licence, order of its pages.

Nothing in it is expanded or fetched. Knows nothing of zip files or folders.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from corpus_scraper import licences
from corpus_scraper.formats.html_tokens import End, Tag, tokens
from corpus_scraper.graph import UNKNOWN_LICENCE

_TOLD = {
    "dc:title": "title",
    "dc:creator": "author",
    "dc:language": "language",
    "dc:rights": "rights",
}


@dataclass(frozen=True, slots=True)
class Package:
    """What a package file tells."""

    title: str = ""
    author: str = ""
    language: str = ""
    licence: str = ""
    """As SPDX calls it; empty where it is not told."""
    spine: tuple[str, ...] = ()
    """The names of the pages in reading order, without their folders."""
    paths: tuple[str, ...] = ()
    """The same as they are written, relative to the package file."""


def parse_package(text: str) -> Package:
    """Return what the package file `text` tells."""
    told: dict[str, list[str]] = {}
    pages: dict[str, str] = {}
    order: list[str] = []
    inside = ""
    for token in tokens(text):
        match token:
            case Tag(name="item"):
                item = token.attributes()
                if "html" in item.get("media-type", "html") and "nav" not in item.get(
                    "properties", ""
                ):
                    pages[item.get("id", "")] = unquote(item.get("href", ""))
            case Tag(name="itemref"):
                order.append(token.attributes().get("idref", ""))
            case Tag(name=name) if name in _TOLD and not token.closed:
                inside = _TOLD[name]
                told.setdefault(inside, []).append("")
            case End(name=name) if name in _TOLD:
                inside = ""
            case str() if inside:
                told[inside][-1] += token
    first = {
        key: " ".join(next(filter(str.strip, values), "").split()) for key, values in told.items()
    }
    licence = licences.identify(first.get("rights", ""))
    paths = tuple(pages[each] for each in order if pages.get(each))
    return Package(
        title=first.get("title", ""),
        author=first.get("author", ""),
        language=first.get("language", ""),
        licence="" if licence == UNKNOWN_LICENCE else licence,
        spine=tuple(path.rpartition("/")[2] for path in paths),
        paths=paths,
    )
