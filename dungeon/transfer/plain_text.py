"""The plain-text format: an adventure as its transcript."""

import itertools
import re

from dungeon import story, transcript
from dungeon.errors import InputRefused
from dungeon.story import Adventure
from dungeon.text import clean
from dungeon.text.training_markers import MarkedDocument, split_documents
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder

_ACTION = re.compile(r"^> *(?=\w|[\"“‘'])", re.MULTILINE)
_QUOTED_MAIL = re.compile(r"(?:^>[^\n]*\n){3}", re.MULTILINE)
"""Three lines of a player's in a row: in a transcript, a reply follows each."""


def write(adventure: Adventure) -> str:
    """Return the transcript from the opening to the head."""
    text = story.render_transcript(adventure.path())
    return f"{text}\n" if text else ""


def read(name: str, text: str) -> Adventure:
    """Return the adventure in a transcript; the file's name becomes its title.

    The text before the first line with `>` is the opening. Raises InputRefused if there is no text
    or more than 50,000 turns.
    """
    return _read(Document(name, text), Notes(FORMAT.title))


def _read(document: Document, notes: Notes) -> Adventure:
    marked = _only_document(document)
    blocks = transcript.read(clean(marked.text))
    if not blocks:
        raise InputRefused(f"{document.name} holds no text, so there is no adventure in it.")
    builder = StoryBuilder(document.name)
    builder.add_blocks(blocks)
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


def _recognises(document: Document) -> bool:
    """Return whether the text has lines of a player's, as a transcript has and other files lack."""
    if document.json is not None:
        return False
    is_marked = next(split_documents(document.text), MarkedDocument("")).text != document.text
    text = document.text.lstrip()
    if text.startswith(("<", "#!", "{", "[")) and not is_marked:
        return False
    return is_marked or bool(_ACTION.search(text) and not _QUOTED_MAIL.search(text))


def _import(document: Document) -> Imported:
    notes = Notes(FORMAT.title)
    adventure = _read(document, notes)
    return Imported(notes.report(), (adventure,))


FORMAT = Format(
    "text",
    "a transcript",
    _recognises,
    _import,
    lambda adventure: write(adventure).encode(),
    "the transcript",
    "txt",
)
