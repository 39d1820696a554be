"""Provides books in plain text: chapters under lines that say so, paragraphs between blank lines.

What Project Gutenberg writes before and after a book is left out. Knows nothing of markup.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.books import novel
from corpus_scraper.formats.books.xhtml import Section
from corpus_scraper.formats.format import Format
from corpus_scraper.formats.graph_builder import title_of
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.transcripts.wrapping import unwrapped
from corpus_scraper.graph import StoryGraph

NAME = "text-book"

FEWEST_WORDS = 300
"""A text with fewer words in its beginning is not taken for a book."""

FEWEST_CHAPTER_WORDS = 30
"""What is shorter between two headings is a table of contents."""

_BEGIN = re.compile(r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*$", re.MULTILINE)
_END = re.compile(r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT|End of (?:the )?Project)[^\n]*$", re.M)
_NAMED = re.compile(r"^(Title|Author|Language):[ \t]*([^\n]{1,300})$", re.MULTILINE)
_NUMBER = (
    r"(?:[IVXLC]{1,8}|\d{1,3}|(?:the )?(?:one|two|three|four|five|six|seven|eight|nine|ten|"
    r"eleven|twelve|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last)"
    r"(?:teen|ty)?)"
)
_HEADING = re.compile(
    rf"^[ \t]*((?:chapter|book|part|letter|volume|canto)[ \t]+{_NUMBER}\b[^\n]{{0,80}}"
    r"|(?:prologue|epilogue|introduction|preface|conclusion|foreword|afterword)\.?"
    r"|[IVXLC]{1,8}\.?)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE = re.compile(rb"[a-z,;'\x80-\xff][.!?][\"'\x80-\xff)]{0,6}\s")
_LANGUAGES = {"english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it"}


def _recognises(path: Path, head: bytes) -> bool:
    """Return whether this reads like a book: many words, in sentences, on lines that go on."""
    if path.suffix.lower() not in {".txt", ".text"} or b"\0" in head:
        return False
    lines = [line for line in head.splitlines() if line.strip()]
    if sum(line.startswith(b"\t") for line in lines) * 10 > len(lines):
        return False  # data, or a program
    words = sum(len(line.split()) for line in lines)
    if words < FEWEST_WORDS or words < len(lines) * 4:
        return False
    return words / 60 < len(_SENTENCE.findall(head)) < words / 2


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    named = {key: value.strip() for key, value in _NAMED.findall(file.text[:10_000])}
    body, is_gutenberg = _body(file.text)
    language = named.get("Language", "") if is_gutenberg else ""
    book = novel.Book(
        (named.get("Title", "") if is_gutenberg else "") or title_of(file.place),
        named.get("Author", "") if is_gutenberg else "",
        _LANGUAGES.get(language.casefold(), ""),
    )
    yield novel.chain(file, NAME, book, _sections(file, body))


FORMAT = Format(NAME, _recognises, _read)


def _body(text: str) -> tuple[str, bool]:
    """Return the book itself, and whether Project Gutenberg wrote something around it."""
    begin = _BEGIN.search(text)
    end = _END.search(text, begin.end() if begin else 0)
    return text[begin.end() if begin else 0 : end.start() if end else len(text)], bool(begin or end)


def _sections(file: StoryFile, body: str) -> list[Section]:
    text = unwrapped(body)
    headings = list(_HEADING.finditer(text))
    starts = [0, *(each.end() for each in headings)]
    ends = [*(each.start() for each in headings), len(text)]
    titles = ["", *(" ".join(each[1].split()) for each in headings)]
    sections = [
        Section(title, [text[start:end].strip("\n")])
        for title, start, end in zip(titles, starts, ends, strict=True)
        if len(text[start:end].split()) >= FEWEST_CHAPTER_WORDS
    ]
    if not sections:
        raise file.unreadable("there is no prose in it.")
    return sections
