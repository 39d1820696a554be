"""Transfer: export adventures, and import files after detecting their format from the content."""

import itertools
from dataclasses import replace
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.story import Adventure
from dungeon.text import clean, clean_line
from dungeon.text_encoding import RAISE_LIMIT, read_text, unify_line_ends
from dungeon.training_markers import MarkedDocument, split_documents
from dungeon.transfer import grue_json, plain_text

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read; a thousand turns are about one megabyte."""


def read_file(path: Path, *, max_bytes: int = MAX_BYTES) -> Adventure:
    """Return the adventure in the file at `path`, with new ids if the file names none.

    Raises InputRefused, naming the file and the place in it, if the file cannot be read or is not
    an adventure.
    """
    text = unify_line_ends(read_text(path, max_bytes=max_bytes, advice=RAISE_LIMIT))
    name = clean_line(path.name)
    if text.lstrip()[:1] in ("{", "["):
        return grue_json.read(name, text)
    document = _only_document(name, text)
    adventure = plain_text.read(name, document.text)
    return replace(adventure, memory=clean("\n".join(document.instructions)))


def _only_document(name: str, text: str) -> MarkedDocument:
    """Return the text between the markers of a trainer. Raises InputRefused if it is several."""
    documents = list(itertools.islice(split_documents(text), 2))
    if len(documents) > 1:
        raise InputRefused(
            f"{name} holds several stories with markers such as <|endoftext|> between them. "
            "Save the one to be played in a file of its own."
        )
    return documents[0] if documents else MarkedDocument("")
