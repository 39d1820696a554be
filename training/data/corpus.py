"""Provides `read_corpus()`: a corpus folder or a plain text file as documents, one at a time.

A folder is read as `grue corpus build` writes it: `train.jsonl`, `validation.jsonl`, `test.jsonl`.
Text passes the gate of `dungeon.text` here. Knows nothing of tokens, models or how a corpus came
to be.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dungeon.errors import InputRefused
from dungeon.text import clean

Split = Literal["train", "validation", "test"]

SPLITS: tuple[Split, ...] = ("train", "validation", "test")

HELD_OUT = 20
"""One part in so many is held out where the corpus itself holds nothing out."""

_LONGEST = 1_000_000
"""Characters after which a stretch of plain text is cut at the next empty line, so that a file of a
gigabyte needs no gigabyte of memory."""

_SHORTEST = 1_000
"""Characters of plain text from which something can be learned and something held out."""

_MARKS = ("<|startoftext|>", "<|endoftext|>")
"""How older trainers' text files divide documents. They are read as divisions, never learned."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a document. The pieces joined are its text."""

    text: str
    train: bool
    """Whether it is learned, or only read."""


@dataclass(frozen=True, slots=True)
class Document:
    """One training document."""

    id: str
    work: str
    licence: str
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The whole document."""
        return "".join(span.text for span in self.spans)

    @property
    def mixed(self) -> bool:
        """Whether some of it is learned, and some only read."""
        return len({span.train for span in self.spans}) > 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus on disk. Its documents are read when they are asked for."""

    path: Path
    name: str
    sha256: str
    """Of the manifest, or of the files themselves where there is none."""
    is_text: bool
    """Whether it is one plain text file, not a folder."""
    holds_out: bool
    """Whether it holds out documents for validation itself."""

    def file(self, split: Split) -> Path:
        """Return the file that the documents of `split` come from."""
        if self.is_text:
            return self.path
        held = split == "validation" and not self.holds_out
        return self.path / ("train.jsonl" if held else f"{split}.jsonl")

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of `split`, in the order they are written in.

        Raises InputRefused, naming the line, where one is broken.
        """
        file = self.file(split)
        if not file.is_file():
            return
        found = _text_documents(file) if self.is_text else _records(file)
        if self.holds_out and not self.is_text:
            yield from found
        elif split != "test":
            yield from _parted(found, held=split == "validation")

    def licences(self) -> dict[str, int]:
        """Return how many documents are learned under each licence, most first."""
        return dict(Counter(document.licence for document in self.documents("train")).most_common())


def _parted(documents: Iterable[Document], *, held: bool) -> Iterator[Document]:
    """Yield every so many of the documents, or all but those; one told twice stays together."""
    sides: dict[str, bool] = {}
    for number, document in enumerate(documents):
        name = document.id or str(number)
        if sides.setdefault(name, len(sides) % HELD_OUT == HELD_OUT - 1) == held:
            yield document


def read_corpus(path: Path) -> Corpus:
    """Return the corpus at `path`, a folder or a text file, after a look at its first documents.

    Raises InputRefused, saying what to do, where there is nothing to learn from.
    """
    if path.is_dir():
        corpus = _folder(path)
    elif path.is_file():
        corpus = _text_file(path)
    else:
        raise InputRefused(
            f"There is no corpus {path}. Build one with `grue corpus build`, or name a text file."
        )
    for split in SPLITS[:2]:
        if not any(True for _ in corpus.documents(split)):
            raise InputRefused(_empty(corpus, split))
    return corpus


def _empty(corpus: Corpus, split: str) -> str:
    if split == "train":
        return f"{corpus.path} holds no document to learn from. Build it anew with more stories."
    return (
        f"{corpus.path} has too few documents to hold one out: with fewer than {HELD_OUT} nothing "
        "can tell whether the training helps. Add stories, or move some into validation.jsonl."
    )


def _folder(path: Path) -> Corpus:
    if not (path / "train.jsonl").is_file():
        raise InputRefused(
            f"{path} is no corpus: it has no train.jsonl. Build one with `grue corpus build`."
        )
    own = path / "validation.jsonl"
    manifest = path / "manifest.json"
    digest = hashlib.sha256()
    try:
        for file in [manifest] if manifest.is_file() else [path / f"{s}.jsonl" for s in SPLITS]:
            digest.update(_digest(file).encode() if file.is_file() else b"none")
        holds_out = own.is_file() and own.stat().st_size > 0
    except OSError as error:
        raise _unreadable(path, error) from error
    name = path.resolve().name
    return Corpus(path, name, digest.hexdigest(), is_text=False, holds_out=holds_out)


def _text_file(path: Path) -> Corpus:
    try:
        size, digest = path.stat().st_size, _digest(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if size < _SHORTEST:
        raise InputRefused(
            f"{path} holds {size} bytes of text. Give at least {_SHORTEST:,}, better a million."
        )
    return Corpus(path, path.stem, digest, is_text=True, holds_out=False)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused(f"{path} cannot be read: {error.strerror}.")


# A folder's records -------------------------------------------------------------------------------


def _records(file: Path) -> Iterator[Document]:
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _record(line, f"{file}, line {number}")
    except OSError as error:
        raise _unreadable(file, error) from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{file} is not UTF-8 text: {error.reason}.") from error


def _record(line: str, place: str) -> Document:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{place} is no JSON that can be read: {error}.") from error
    if not isinstance(record, dict) or not isinstance(record.get("spans"), list):
        raise InputRefused(f"{place} is no corpus record: it has no list of spans.")
    spans = tuple(_span(span, place) for span in record["spans"])
    name = str(record.get("id", ""))
    work, licence = str(record.get("work", name)), str(record.get("licence", "unknown"))
    return Document(name, work, licence, spans)


def _span(span: Any, place: str) -> Span:
    if not isinstance(span, dict) or not isinstance(span.get("text"), str):
        raise InputRefused(f"{place} has a span without text.")
    train = span.get("train", True)
    if not isinstance(train, bool):
        raise InputRefused(f"{place} has a span whose `train` is neither true nor false.")
    return Span(clean(span["text"]), train)


# A plain text file --------------------------------------------------------------------------------


def _text_documents(file: Path) -> Iterator[Document]:
    """Yield the stretches of a text file; one without divisions is divided for holding out."""
    longest = min(_LONGEST, max(file.stat().st_size // (2 * HELD_OUT), 1))
    for number, text in enumerate(_stretches(file, longest), 1):
        yield Document(f"{file.stem}-{number}", file.stem, "unknown", (Span(text, train=True),))


def _stretches(file: Path, longest: int) -> Iterator[str]:
    lines: list[str] = []
    length = 0
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            for line in opened:
                divided = any(mark in line for mark in _MARKS)
                full = length > longest and not line.strip()
                if divided or full or length > 2 * longest:
                    *before, line = _divided(line)
                    yield from _told("".join([*lines, *before[:1]]), *before[1:])
                    lines, length = [], 0
                lines.append(line)
                length += len(line)
    except OSError as error:
        raise _unreadable(file, error) from error
    yield from _told("".join(lines))


def _divided(line: str) -> list[str]:
    """Return the parts of `line` between marks: what ends a document, and what begins the next."""
    for mark in _MARKS:
        line = line.replace(mark, "\0")
    return line.split("\0") if "\0" in line else ["", line]


def _told(*texts: str) -> Iterator[str]:
    yield from filter(None, (clean(text).strip() for text in texts))
