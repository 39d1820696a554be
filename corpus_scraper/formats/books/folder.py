"""Read books that are folders of XHTML pages, one chapter per page, as Standard Ebooks has them.

The order is that of `content.opf` where the folder has one, else that of the file names.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.books import novel, opf
from corpus_scraper.formats.books.xhtml import BookPage, parse_page
from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.story_file import StoryFile, join_files, load, load_all, place_of
from corpus_scraper.graph import StoryGraph

MAX_PAGES = 2_000
"""Pages of one book."""

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
"""The order of a book's files, by the start of their names."""


def _pages(folder: Path) -> list[Path]:
    """Return the pages of a book ordered by name; none where the folder is no book."""
    for place in _PLACES:
        inner = folder / place
        if inner.is_dir() and not inner.is_symlink():
            found = [p for p in inner.glob("*.xhtml") if p.is_file() and not p.is_symlink()]
            if found:
                return sorted(found, key=_order)
    return []


def _order(path: Path) -> tuple[int, list[int], str]:
    name = path.stem.lower()
    matching = (rank for rank, names in enumerate(_RANKS) if re.match(names, name))
    rank = next((each for each in matching if _RANKS[each] != ".*"), _RANKS.index(".*"))
    return rank, [int(number) for number in re.findall(r"\d{1,9}", name)], name


def _recognises(path: Path, head: bytes) -> bool:
    return path.is_dir() and bool(_pages(path))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    paths = _pages(path)
    files = load_all(paths, root, MAX_PAGES)
    whole = join_files(files, place_of(path, root))
    package = _package(path, root)
    pages = {each.name: parse_page(file.text) for each, file in zip(paths, files, strict=True)}
    spine = list(dict.fromkeys(path.rpartition("/")[2] for path in package.paths))
    order = [name for name in spine if name in pages] or list(pages)
    book = _book(package.book, whole, list(pages.values()))
    notes = (
        *(
            f"{name[:200]} is not in the folder, so it was left out."
            for name in spine
            if name not in pages
        ),
        *(
            f"{name[:200]} is not in the spine, so it was left out."
            for name in pages
            if name not in order
        ),
        *package.notes,
    )
    book = replace(book, notes=notes)
    yield from novel.stories(whole, book, [pages[name] for name in order])


def _package(path: Path, root: Path) -> opf.Package:
    for place in ("content.opf", "src/epub/content.opf", "OEBPS/content.opf"):
        if (path / place).is_file():
            return opf.parse_package(load(path / place, root).text)
    return opf.Package()


def _book(book: novel.Book, whole: StoryFile, pages: list[BookPage]) -> novel.Book:
    """Return a book's metadata, from its package, its title page, or the name of its folder."""
    title_page = _page_of("titlepage", pages)
    half_title = _page_of("halftitlepage", pages)
    folder = whole.place.rpartition("/")[2]
    author, name, *_ = (*folder.split("_"), "")
    by_role = sorted(pages, key=novel.is_part_of_story, reverse=True)
    title = title_page.title or half_title.title or title_from_name(name or folder)
    author = title_page.author or (author.replace("-", " ").title() if name else "")
    return replace(
        book,
        title=book.title or title,
        author=book.author or author,
        language=book.language or next((page.language for page in by_role if page.language), ""),
    )


def _page_of(kind: str, pages: list[BookPage]) -> BookPage:
    return next((each for each in pages if kind in each.kinds), BookPage())


FORMAT = Format("xhtml-book", _recognises, _parse)
