"""Provides books that stand on one HTML page, their chapters under headings.

Knows nothing of Twine: its pages are recognised before these.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.books import novel
from corpus_scraper.formats.books.xhtml import parse_page
from corpus_scraper.formats.format import Format
from corpus_scraper.formats.graph_builder import title_of
from corpus_scraper.formats.story_file import load
from corpus_scraper.graph import StoryGraph

NAME = "html-book"

FEWEST_PARAGRAPHS = 5
"""A page with fewer in its beginning is not taken for a book."""

_PARAGRAPH = re.compile(rb"<p\b[^<>]{0,500}>[^<]{80}", re.IGNORECASE)
_TITLE = re.compile(r"<title>([^<]{1,500})</title>", re.IGNORECASE)
_EDITION = re.compile(r"^The Project Gutenberg (?:E-?Book )?of |, by .*$", re.IGNORECASE)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in {".html", ".htm", ".xhtml"}:
        return False
    return b"<h" in head and len(_PARAGRAPH.findall(head)) >= FEWEST_PARAGRAPHS


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    read = parse_page(file.text)
    titled = _TITLE.search(file.text)
    title = _EDITION.sub("", " ".join(titled[1].split())) if titled else ""
    book = novel.Book(title or title_of(file.place), read.author, read.language)
    yield from novel.stories(file, NAME, book, [read])


FORMAT = Format(NAME, _recognises, _read)
