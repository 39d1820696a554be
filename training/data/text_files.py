"""Cut plain text files, of any size and with lines of any length, into documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from dungeon.data_files.streams import open_text
from dungeon.text import clean
from dungeon.text.sentences import sentence_ends
from dungeon.text.training_markers import MarkedDocument, split_lines
from training.data.documents import Document, Span

MAX_DOCUMENT = 1_000_000
"""Characters after which text is cut at the next empty line, so that a file of a gigabyte does not
need a gigabyte of memory."""

_LONG_LINE = 500
"""Characters of a line that is never cut."""

_MIN_PART = 200
"""Characters of the parts of a long line."""

_SENTENCE_WINDOW = 4_000
"""Characters before the cut within which the end of a sentence is looked for."""


def read_text_file(file: Path, work: str, source: str, longest: int) -> Iterator[Document]:
    """Yield the documents of a text file, of about `longest` characters where it has no markers.

    Raises InputRefused where the file is no text in an encoding that it names.
    """
    with open_text(file, newline=None) as text:
        for number, marked in enumerate(split_lines(_lines(text, longest), longest), 1):
            name = f"{work}-{number}"
            yield Document(name, work, "unknown", tuple(_marked_spans(marked)), source)


def _lines(text: IO[str], longest: int) -> Iterator[str]:
    """Yield the lines of `text`; a long one in parts that end at sentences.

    An empty line follows each part but the last, so that a document may end there.
    """
    limit = max(longest, _LONG_LINE)
    part_length = max(longest // 2, _MIN_PART)
    while line := text.readline(limit):
        while len(line) >= limit and not line.endswith("\n"):
            cut = _sentence_border(line[:part_length])
            yield line[:cut]
            yield ""
            line = line[cut:] + text.readline(limit - (len(line) - cut))
        yield line


def _sentence_border(text: str) -> int:
    """Return where to cut `text`: behind its last sentence, else its last word, else its end."""
    start = max(len(text) - _SENTENCE_WINDOW, 0)
    ends = [start + end for end in sentence_ends(text[start:])]
    border = next((end for end in reversed(ends) if end < len(text)), 0) or text.rfind(" ")
    return border + 1 if border > 0 else len(text)


def _marked_spans(marked: MarkedDocument) -> Iterator[Span]:
    """Yield the spans of a text: instructions to a chat model are its context, as memory is."""
    context = "".join(f"{clean(each).strip()}\n\n" for each in marked.instructions)
    if context:
        yield Span(context, train=False)
    yield Span(clean(marked.text).strip(), train=True)
