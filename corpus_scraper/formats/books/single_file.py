"""Read books that are a single file: an HTML page with headings, or plain text with chapter lines.

What Project Gutenberg adds before and after a book is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from corpus_scraper.formats.books import novel
from corpus_scraper.formats.books.xhtml import Section, parse_page
from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.formats.transcripts.adventure import body, front_matter, licence_in
from corpus_scraper.formats.transcripts.wrapping import unwrap_lines
from corpus_scraper.graph import StoryGraph
from dungeon.data_files.folders import DOCUMENTATION
from dungeon.text.encoding import decode_lossy

# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────

MIN_PARAGRAPHS = 5
"""Paragraphs at the start of a page that is taken for a book."""

_PARAGRAPH = re.compile(rb"<p\b[^<>]{0,500}>[^<]{80}", re.IGNORECASE)
_TITLE = re.compile(r"<title>([^<]{1,500})</title>", re.IGNORECASE)
_EDITION = re.compile(r"^The Project Gutenberg (?:E-?Book )?of |, by .*$", re.IGNORECASE)


def _recognises_html(path: Path, head: bytes) -> bool:
    if path.suffix.lower() not in {".html", ".htm", ".xhtml"}:
        return False
    return b"<h" in head and len(_PARAGRAPH.findall(head)) >= MIN_PARAGRAPHS


def _parse_html(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    page = parse_page(file.text)
    titled = _TITLE.search(file.text)
    title = _EDITION.sub("", " ".join(titled[1].split())) if titled else ""
    book = novel.Book(title or title_from_name(file.place), page.author, page.language)
    yield from novel.stories(file, book, [page])


HTML_FORMAT = Format("html-book", _recognises_html, _parse_html)

# ── Plain text ───────────────────────────────────────────────────────────────────────────────────

MIN_WORDS = 300
"""Words at the start of a text that is taken for a book."""

MARKDOWN = frozenset({".md", ".markdown"})
"""File name extensions of Markdown, which is read as text; its marks of headings are left out."""

_MARKDOWN_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+(.*?)[ \t]*#*$")

MIN_CHAPTER_WORDS = 30
"""Words between two chapter headings; fewer are a table of contents."""

_BEGIN = re.compile(r"^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG[^\n]*$", re.MULTILINE)
_END = re.compile(r"^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT|End of (?:the )?Project)[^\n]*$", re.M)
_METADATA = re.compile(r"^(Title|Author|Language):[ \t]*([^\n]{1,300})$", re.MULTILINE)
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


def _recognises_text(path: Path, head: bytes) -> bool:
    """Return whether this reads like a book: many words, in sentences, on long lines."""
    suffix = path.suffix.lower()
    if suffix not in {".txt", ".text"} | MARKDOWN or b"\0" in head:
        return False
    if suffix in MARKDOWN and DOCUMENTATION.fullmatch(path.name):
        return False
    text = decode_lossy(head)
    titled = "title" in front_matter(text)
    head = body(text).encode()
    lines = [line for line in head.splitlines() if line.strip()]
    if sum(line.startswith(b"\t") for line in lines) * 10 > len(lines):
        return False  # data, or a program
    words = sum(len(line.split()) for line in lines)
    if words < (MIN_CHAPTER_WORDS if titled else MIN_WORDS) or words < len(lines) * 4:
        return False
    return words / 60 < len(_SENTENCE.findall(head)) < words / 2


def _parse_text(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    values = front_matter(file.text)
    prose = body(file.text)
    if path.suffix.lower() in MARKDOWN:
        prose = _MARKDOWN_HEADING.sub(r"\1", prose)
    prose, is_gutenberg = _body(prose)
    header = file.text[:10_000] if is_gutenberg else ""
    metadata = {key: value.strip() for key, value in _METADATA.findall(header)}
    book = novel.Book(
        values.get("title", "") or metadata.get("Title", "") or title_from_name(file.place),
        values.get("author", "") or metadata.get("Author", ""),
        values.get("language", "") or _LANGUAGES.get(metadata.get("Language", "").casefold(), ""),
        licence_in(values),
    )
    graph = novel.build_chain(file, book, _sections(file, prose))
    yield replace(graph, memory=values.get("memory", ""), author_note=values.get("note", ""))


TEXT_FORMAT = Format("text-book", _recognises_text, _parse_text)


def _body(text: str) -> tuple[str, bool]:
    """Return the book itself, and whether Project Gutenberg added anything around it."""
    begin = _BEGIN.search(text)
    end = _END.search(text, begin.end() if begin else 0)
    return text[begin.end() if begin else 0 : end.start() if end else len(text)], bool(begin or end)


def _sections(file: StoryFile, body: str) -> list[Section]:
    text = unwrap_lines(body)
    headings = list(_HEADING.finditer(text))
    starts = [0, *(each.end() for each in headings)]
    ends = [*(each.start() for each in headings), len(text)]
    titles = ["", *(" ".join(each[1].split()) for each in headings)]
    sections = [
        Section(title, [text[start:end].strip("\n")])
        for title, start, end in zip(titles, starts, ends, strict=True)
        if len(text[start:end].split()) >= MIN_CHAPTER_WORDS
    ]
    if not sections:
        raise file.unreadable("there is no prose in it.")
    return sections
