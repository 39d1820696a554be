"""The plain-text format: an adventure as its transcript."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from dungeon import story, transcript
from dungeon.errors import InputRefused
from dungeon.story import Adventure, Kind, Turn
from dungeon.text import clean
from dungeon.text.training_markers import MarkedDocument, split_documents
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import FILE_NAME_IS_TITLE, Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder

_ACTION = re.compile(r"^> *(?=\w|[\"“‘'])", re.MULTILINE)
_GO_ON = re.compile(r"^[ \t]*>[> \t]*$", re.MULTILINE)
"""The player's line in which nothing was typed: the story went on by itself."""
_STANDS_ALONE = re.compile(r"\n[ \t]*\n>[ \t]*\n[ \t]*\n")
_QUOTED_MAIL = re.compile(r"(?:^>[^\n]*\n){3}", re.MULTILINE)
"""Three lines of a player's in a row: in a transcript, a reply follows each."""


def write(adventure: Adventure) -> str:
    """Return the transcript up to the head; `>` alone begins a turn without an action."""
    parts = (part for turn in adventure.path() for part in _parts(turn))
    text = transcript.SEPARATOR.join(parts)
    return f"{text}\n" if text else ""


def _parts(turn: Turn) -> Iterator[str]:
    text = story.render_transcript([turn])
    if text and goes_on(turn):
        yield transcript.END_MARK
    if text:
        yield text


def goes_on(turn: Turn) -> bool:
    """Return whether nothing but a mark tells where a turn begins: it has no line of a player's."""
    return turn.kind in (Kind.CONTINUE, Kind.STORY)


def add_transcript(
    builder: StoryBuilder, text: str, decode: Callable[[str], str] = lambda text: text
) -> None:
    """Add the turns of a transcript, each block as `decode` returns its text."""
    for part in _GO_ON.split(text):
        builder.flush()
        blocks = transcript.read(part)
        builder.add_blocks(replace(block, text=decode(block.text)) for block in blocks)


def read(name: str, text: str) -> Adventure:
    """Return the adventure in a transcript; the file's name becomes its title.

    The text before the first line with `>` is the opening. Raises InputRefused if there is no text
    or more than 50,000 turns.
    """
    return _read(Document(name, text), Notes(FORMAT.title))


def _read(document: Document, notes: Notes) -> Adventure:
    marked = _only_document(document)
    builder = StoryBuilder(document.name)
    add_transcript(builder, clean(marked.text))
    if not builder.has_text:
        raise InputRefused(f"{document.name} holds no text, so there is no adventure in it.")
    notes.changed.append(FILE_NAME_IS_TITLE)
    memory = clean("\n".join(marked.instructions))
    return builder.adventure(document.stem, notes, memory=memory)


def _only_document(document: Document) -> MarkedDocument:
    """Return the text between the markers of a trainer. Raises InputRefused if it is several."""
    documents = list(itertools.islice(split_documents(document.text), 2))
    if len(documents) > 1:
        raise InputRefused(
            f"{document.name} holds several stories with markers such as <|endoftext|> between "
            "them. Save the one to be played in a file of its own."
        )
    return documents[0] if documents else MarkedDocument("")


def recognises(document: Document) -> bool:
    """Return whether the text has lines of a player's, as a transcript has and other files lack."""
    if document.json is not None:
        return False
    is_marked = next(split_documents(document.text), MarkedDocument("")).text != document.text
    text = document.text.lstrip()
    if text.startswith(("<", "#!", "{", "[")) and not is_marked:
        return False
    has_lines = _ACTION.search(text) or _STANDS_ALONE.search(text)
    return is_marked or bool(has_lines and not _QUOTED_MAIL.search(text))


def _import(document: Document) -> Imported:
    notes = Notes(FORMAT.title)
    adventure = _read(document, notes)
    return Imported(notes.report(), (adventure,))


FORMAT = Format(
    "text",
    "a transcript",
    recognises,
    _import,
    lambda adventure: write(adventure).encode(),
    "the transcript",
    "txt",
)
