"""Read the documents of a file of rows: a corpus's own records, or data as other programs have it.

All text is cleaned here, or where `dungeon.data_files` makes examples of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dungeon.data_files.examples import Example, read_examples
from dungeon.data_files.recognition import DataFormat
from dungeon.data_files.rows import Row, read_rows
from dungeon.text import clean
from dungeon.text.counts import count
from dungeon.text.training_markers import cut_at_borders, has_markers, split_documents
from dungeon.transcript import SEPARATOR
from training.data.documents import Document, Span


@dataclass(slots=True)
class LeftOut:
    """Counts of what has no place in a document."""

    rows: int = 0
    """Rows whose text is empty, and conversations without a reply."""
    messages: int = 0
    """Messages of tools, and parts of messages that are no text."""

    def describe(self) -> Iterator[str]:
        """Yield a sentence for each count that is not zero."""
        if self.rows:
            yield f"Left out, without text or without a reply: {count(self.rows, 'row')}."
        if self.messages:
            parts = count(self.messages, "part")
            yield f"Left out, of tools or no text: {parts} of conversations."


def read_row_file(
    file: Path, format_: DataFormat, source: str, left_out: LeftOut
) -> Iterator[Document]:
    """Yield the documents of a file of rows, and count what is left out.

    Raises InputRefused, naming the row, where one is broken or has no text.
    """
    for row in read_rows(file, format_):
        if "spans" in row.values:
            yield from _split_at_markers(_record(row, source))
            continue
        for example in read_examples(row):
            left_out.messages += example.left_out
            if example.pieces:
                yield _document(example, source)
            else:
                left_out.rows += 1


# Data of other programs ---------------------------------------------------------------------------


def _document(example: Example, source: str) -> Document:
    """Return an example as a document. Memory is never trained on, as in a corpus."""
    spans = tuple(
        Span(piece.text, train=piece.kind != "memory", is_reply=piece.kind != "context")
        for piece in example.pieces
    )
    metadata = example.metadata
    name = f"{source}-{example.number}"
    work = metadata.get("title") or metadata.get("id") or name
    licence = metadata.get("licence", "unknown")
    memory = sum(len(piece.text) for piece in example.pieces if piece.kind == "memory")
    length = memory + len(SEPARATOR) if memory else 0
    return Document(name, work, licence, spans, metadata.get("source", source), length)


# Records of a corpus ------------------------------------------------------------------------------


def _record(row: Row, source: str) -> Document:
    record = row.values
    if not isinstance(record["spans"], list):
        raise row.refuse("is not a corpus record: it has no list of spans.")
    spans = tuple(_span(row, span) for span in record["spans"])
    name = str(record.get("id", ""))
    work, licence = str(record.get("work", name)), str(record.get("licence", "unknown"))
    length = record.get("memory_length", 0)
    if not isinstance(length, int) or length < 0:
        raise row.refuse("has a `memory_length` that is no number of characters.")
    return Document(name, work, licence, spans, str(record.get("source", source)), length)


def _split_at_markers(document: Document) -> Iterator[Document]:
    """Yield the parts of a record between the markers of older trainers; they share its id."""
    if not has_markers(document.text):
        yield document
        return
    document = replace(document, memory_length=0)
    parts: list[list[Span]] = [[]]
    for span in document.spans:
        for number, part in enumerate(cut_at_borders(span.text)):
            if number:
                parts.append([])
            for each in split_documents(part):
                gap = "\n\n" if parts[-1] and has_markers(part) else ""
                parts[-1].append(Span(gap + each.text, span.train))
    yield from (replace(document, spans=tuple(spans)) for spans in parts if spans)


def _span(row: Row, span: Any) -> Span:
    if not isinstance(span, dict) or not isinstance(span.get("text"), str):
        raise row.refuse("has a span without text.")
    train = span.get("train", True)
    if not isinstance(train, bool):
        raise row.refuse("has a span whose `train` is neither true nor false.")
    return Span(clean(span["text"]), train)
