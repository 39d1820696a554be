"""Provides a book as a graph: its sections one after another, told without any choice.

What is about the book and not of its story (title pages, notes, lists, indexes) is left out. A
short story within a collection is a story of its own. Knows nothing of files and folders.
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
"""A book has more words than this."""

_ABOUT_THE_BOOK = frozenset(
    """
    acknowledgments bibliography colophon contributors copyright-page cover dedication endnotes
    epigraph errata footnotes glossary halftitlepage imprint index landmarks loa loi lot lov
    other-credits page-list rearnotes titlepage toc z3998:non-fiction
    """.split()
)
"""Words of `epub:type`."""

_STORIES = frozenset({"se:short-story", "z3998:short-story", "se:novella", "z3998:novella"})
_SCENE = re.compile(
    r": (?:(?:act|scene|chapter|part|book) )?(?:[IVXLC]{1,8}|\d{1,3})\b.*$", re.IGNORECASE
)
"""Where the title of a story is followed by that of its first section."""


@dataclass(frozen=True, slots=True)
class Book:
    """What is told of a book beside its pages."""

    title: str
    author: str = ""
    language: str = ""
    licence: str = ""
    """As SPDX calls it; empty where the book does not say."""


def is_part_of_story(page: BookPage) -> bool:
    """Return whether a page belongs to the story."""
    return not page.kinds & _ABOUT_THE_BOOK


def is_story(page: BookPage) -> bool:
    """Return whether a page is a story of its own."""
    return bool(page.kinds & _STORIES)


def stories(file: StoryFile, book: Book, pages: Sequence[BookPage]) -> Iterator[StoryGraph]:
    """Yield the stories of a book: the one its pages tell together, and those told within one.

    Raises Unreadable where there is none.
    """
    told = [page for page in pages if is_part_of_story(page) and page.prose()]
    single = [page for page in told if is_story(page)]
    if len(single) * 2 < len(told):  # a tale within a novel belongs to it
        single = []
    if not single:
        together = [section for page in told for section in page.prose()]
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
    told = list(sections)
    ids = unique_names(
        clean_line(section.title)[:80] or str(number) for number, section in enumerate(told, 1)
    )
    found = ParsedStory(
        title=book.title,
        start=ids[0] if ids else "",
        passages=tuple(Passage(id_, each.text) for id_, each in zip(ids, told, strict=True)),
        choices=tuple(Choice(*pair) for pair in itertools.pairwise(ids)),
        author=book.author,
        part=part,
    )
    graph = build_graph(file, found)
    return replace(
        graph,
        language=clean_line(book.language)[:35] or graph.language,
        licence=book.licence or graph.licence,
    )
