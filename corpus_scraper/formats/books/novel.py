"""Turn a book into graphs: its sections follow one another without choices.

Pages about the book (title pages, notes, lists, indexes) are left out. A short story within a
collection becomes a story of its own.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpus_scraper.formats.books.xhtml import BookPage, Section
from corpus_scraper.formats.graph_builder import ParsedStory, build_graph, unique_names
from corpus_scraper.formats.story_file import StoryFile
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon.text import clean_line

MIN_WORDS = 20
"""Words that a book has at least."""

_ABOUT_THE_BOOK = frozenset(
    """
    acknowledgments bibliography colophon contributors copyright-page cover dedication endnotes
    epigraph errata footnotes glossary halftitlepage imprint index landmarks loa loi lot lov
    other-credits page-list rearnotes titlepage toc z3998:non-fiction
    """.split()
)
"""Values of `epub:type`."""

_STORIES = frozenset({"se:short-story", "z3998:short-story", "se:novella", "z3998:novella"})
_SCENE = re.compile(
    r": (?:(?:act|scene|chapter|part|book) )?(?:[IVXLC]{1,8}|\d{1,3})\b.*$", re.IGNORECASE
)
"""The title of a first section, after that of its story."""


@dataclass(frozen=True, slots=True)
class Book:
    """Metadata of a book."""

    title: str
    author: str = ""
    language: str = ""
    licence: str = ""
    """An SPDX identifier; empty where the book names none."""
    notes: tuple[str, ...] = ()
    """What was left out of the book, in sentences."""


def is_part_of_story(page: BookPage) -> bool:
    """Return whether a page belongs to the story."""
    return not page.kinds & _ABOUT_THE_BOOK


def is_story(page: BookPage) -> bool:
    """Return whether a page is a story of its own."""
    return bool(page.kinds & _STORIES)


def stories(file: StoryFile, book: Book, pages: Sequence[BookPage]) -> Iterator[StoryGraph]:
    """Yield the stories of a book: one of all its pages, or one for each story of a collection.

    Raises Unreadable where there is none.
    """
    included = [page for page in pages if is_part_of_story(page) and page.prose()]
    single = [page for page in included if is_story(page)]
    if len(single) * 2 < len(included):  # a tale within a novel belongs to it
        single = []
    if not single:
        together = [section for page in included for section in page.prose()]
        if sum(len(section.text.split()) for section in together) < MIN_WORDS:
            raise file.unreadable("there is no prose in it.")
        yield build_chain(file, book, together)
    titles = [_SCENE.sub("", page.title) or book.title for page in single]
    for title, part, page in zip(titles, unique_names(titles), single, strict=True):
        yield build_chain(file, replace(book, title=title), page.prose(), part)


def build_chain(
    file: StoryFile, book: Book, sections: Iterable[Section], part: str = ""
) -> StoryGraph:
    """Return the graph of sections that follow one another."""
    included = list(sections)
    ids = unique_names(
        clean_line(section.title)[:80] or str(number) for number, section in enumerate(included, 1)
    )
    parsed = ParsedStory(
        title=book.title,
        start=ids[0] if ids else "",
        passages=tuple(Passage(id_, each.text) for id_, each in zip(ids, included, strict=True)),
        choices=tuple(Choice(*pair) for pair in itertools.pairwise(ids)),
        author=book.author,
        part=part,
        notes=book.notes,
    )
    graph = build_graph(file, parsed)
    return replace(
        graph,
        language=clean_line(book.language)[:35] or graph.language,
        licence=book.licence or graph.licence,
    )
