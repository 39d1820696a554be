"""Provides books as folders of XHTML pages, one chapter a page: how Standard Ebooks keeps them.

The order is that of `content.opf` where the folder has one, else that of the file names. Knows
nothing of zip files.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.books import novel, opf
from corpus_scraper.formats.books.xhtml import BookPage, parse_page
from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.story_file import StoryFile, join_files, load, place_of
from corpus_scraper.graph import StoryGraph

MAX_PAGES = 2_000
"""More pages than any book has files."""

_PLACES = ("text", "src/epub/text", "EPUB/text", "OEBPS/text", "OEBPS/Text", "OEBPS")
_RANKS = (
    r"titlepage|imprint|dedication|epigraph",
    r"foreword|preface|introduction|halftitle",
    r"prologue|letter",
    r"book|part|volume|chapter|act|canto",
    r".*",
    r"epilogue|conclusion",
    r"afterword|appendix|endnotes|colophon",
)
"""The order of a book's files by their names."""


def _pages(folder: Path) -> list[Path]:
    """Return the pages of a book in the order of their names; none where it is no book."""
    for place in _PLACES:
        inner = folder / place
        if inner.is_dir() and not inner.is_symlink():
            found = [p for p in inner.glob("*.xhtml") if p.is_file() and not p.is_symlink()]
            if found:
                return sorted(found, key=_order)
    return []


def _order(path: Path) -> tuple[int, list[int], str]:
    name = path.stem.lower()
    fitting = (rank for rank, names in enumerate(_RANKS) if re.match(names, name))
    rank = next((each for each in fitting if _RANKS[each] != ".*"), _RANKS.index(".*"))
    return rank, [int(number) for number in re.findall(r"\d{1,9}", name)], name


def _recognises(path: Path, head: bytes) -> bool:
    return path.is_dir() and bool(_pages(path))


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    paths = _pages(path)
    files = [load(each, root) for each in paths[: MAX_PAGES + 1]]
    whole = replace(join_files(files), place=place_of(path, root))
    if len(files) > MAX_PAGES:
        raise whole.unreadable(f"it has more than {MAX_PAGES} pages.")
    told = _package(path, root)
    read = {each.name: parse_page(file.text) for each, file in zip(paths, files, strict=True)}
    order = [name for name in told.spine if name in read] or [each.name for each in paths]
    pages = [read[name] for name in order]
    yield from novel.stories(whole, _book(told, whole, list(read.values())), pages)


def _package(path: Path, root: Path) -> opf.Package:
    for place in ("content.opf", "src/epub/content.opf", "OEBPS/content.opf"):
        if (path / place).is_file():
            return opf.parse_package(load(path / place, root).text)
    return opf.Package()


def _book(told: opf.Package, whole: StoryFile, pages: list[BookPage]) -> novel.Book:
    """Return what is told of a book: by its package, its title page, or its folder's name."""
    title_page = _page_of("titlepage", pages)
    half_title = _page_of("halftitlepage", pages)
    folder = whole.place.rpartition("/")[2]
    author, name, *_ = (*folder.split("_"), "")
    language = next((each.language for each in pages if not novel.is_part_of_story(each)), "")
    language = next(
        (e.language for e in pages if novel.is_part_of_story(e) and e.language), language
    )
    return novel.Book(
        title=told.title or title_page.title or half_title.title or title_from_name(name or folder),
        author=told.author
        or title_page.author
        or (author.replace("-", " ").title() if name else ""),
        language=told.language or language,
        licence=told.licence,
    )


def _page_of(kind: str, pages: list[BookPage]) -> BookPage:
    return next((each for each in pages if kind in each.kinds), BookPage())


FORMAT = Format("xhtml-book", _recognises, _read)
