"""An adventure as Markdown: its title, its prose, and each action as a quotation."""

import re
from collections.abc import Iterator
from dataclasses import replace

from dungeon.story import Adventure, Turn
from dungeon.text import clean
from dungeon.transcript import END_MARK, ActionLine
from dungeon.transfer import plain_text
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import FILE_NAME_IS_TITLE, Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder

_SPECIAL = re.compile(r"([\\`*_\[\]<>&#|~])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_HEADING = re.compile(r"\s*# +(\S.*)\n")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)])", re.MULTILINE)


def write(adventure: Adventure) -> str:
    """Return the story from its opening to the head, as Markdown that shows the same words."""
    told = (part for turn in adventure.path() for part in _parts(turn))
    return "\n\n".join([f"# {_escape(adventure.title)}", *told]) + "\n"


def _parts(turn: Turn) -> Iterator[str]:
    blocks = [block for block in turn.blocks() if block.text.strip()]
    if blocks and plain_text.goes_on(turn):
        yield END_MARK  # an empty quotation
    for block in blocks:
        if isinstance(block, ActionLine):
            yield f"> {_escape(' '.join(block.text.split()))}"
        else:
            yield _escape(block.text.strip())


def _escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, with no heading, list or HTML in it."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(_escape_start, escaped)


def _escape_start(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1].replace(' ', '')}{mark[:-1]}\\{mark[-1]}"


def _recognises(document: Document) -> bool:
    """Return whether a heading stands above a transcript."""
    heading = _HEADING.match(document.text)
    if document.json is not None or heading is None:
        return False
    rest = replace(document, text=document.text[heading.end() :])
    return plain_text.recognises(rest)


def _read(document: Document) -> Imported:
    notes = Notes(FORMAT.title)
    builder = StoryBuilder(document.name)
    text = clean(document.text)
    heading = _HEADING.match(text)
    title = _unescape(heading[1]) if heading else ""
    plain_text.add_transcript(builder, text[heading.end() :] if heading else text, _unescape)
    (notes.taken if title else notes.changed).append("the title" if title else FILE_NAME_IS_TITLE)
    adventure = builder.adventure(title or document.stem, notes)
    return Imported(notes.report(), (adventure,))


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


FORMAT = Format(
    "markdown",
    "Markdown",
    _recognises,
    _read,
    write=lambda adventure: write(adventure).encode(),
    summary="the story as Markdown",
    extension="md",
)
