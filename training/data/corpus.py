"""Read a corpus folder or a plain text file, one document at a time.

A folder has the form that `grue corpus build` writes: `train.jsonl`, `validation.jsonl` and
`test.jsonl`. All text passes `dungeon.text.clean()` here. Knows nothing of tokens and models.
"""

import hashlib
import itertools
import json
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from dungeon.errors import InputRefused
from dungeon.models.hashes import file_sha256
from dungeon.text import clean
from dungeon.training_markers import (
    MarkedDocument,
    cut_at_borders,
    has_markers,
    split_documents,
    split_lines,
)

Item = TypeVar("Item")
Split = Literal["train", "validation", "test"]
TrainOn = Literal["all", "replies"]
"""`replies`: what the player does is context; the model is trained on the prose between."""

SPLITS: tuple[Split, ...] = ("train", "validation", "test")

HOLDOUT_EVERY = 20
"""Every 20th document becomes validation text where the corpus has no validation split."""

_MAX_DOCUMENT = 1_000_000
"""Characters after which plain text is cut at the next empty line, so that a file of a gigabyte
does not need a gigabyte of memory."""

_MIN_TEXT = 1_000
"""Bytes of plain text below which there is too little to train on and to hold out."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a document. The spans of a document, joined, are its text."""

    text: str
    train: bool
    """Whether the model is trained on it; otherwise it is context only."""


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
    def has_context(self) -> bool:
        """Whether some of its spans are trained on and others are context only."""
        return len({span.train for span in self.spans}) > 1


_ACTION = re.compile(r"^>( [^\n]+)", re.MULTILINE)
"""An action line behind its mark. The mark stays trained: with it a reply ends."""


def mask_actions(document: Document) -> Document:
    """Return `document` with its action lines as context, so that only replies are trained on."""
    text = document.text
    borders = [border for found in _ACTION.finditer(text) for border in found.span(1)]
    position = 0
    spans: list[Span] = []
    for span in document.spans:
        end = position + len(span.text)
        inside = borders[bisect_right(borders, position) : bisect_left(borders, end)]
        for start, stop in itertools.pairwise([position, *inside, end]):
            is_action = bisect_right(borders, start) % 2 == 1  # borders alternate: start, end, …
            spans.append(Span(text[start:stop], span.train and not is_action))
        position = end
    return replace(document, spans=tuple(spans))


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus on disk. Documents are read when they are asked for."""

    path: Path
    name: str
    sha256: str
    """Hash of the manifest, or of the files themselves where there is no manifest."""
    is_text: bool
    """Whether it is a single plain text file instead of a folder."""
    has_validation: bool
    """Whether the corpus has a validation split of its own."""
    train_on: TrainOn = "all"

    def file(self, split: Split) -> Path:
        """Return the file that contains the documents of `split`."""
        if self.is_text:
            return self.path
        held_out = split == "validation" and not self.has_validation
        return self.path / ("train.jsonl" if held_out else f"{split}.jsonl")

    def documents(self, split: Split) -> Iterator[Document]:
        """Yield the documents of `split` in file order.

        Raises InputRefused, with the line number, where a record is broken.
        """
        file = self.file(split)
        if not file.is_file():
            return
        documents = _text_documents(file) if self.is_text else _records(file)
        if self.train_on == "replies":
            documents = map(mask_actions, documents)
        if self.has_validation and not self.is_text:
            yield from documents
        elif split != "test":
            yield from _hold_out(documents, validation=split == "validation")

    def licences(self) -> dict[str, int]:
        """Return the number of training documents per licence, most frequent first."""
        return dict(Counter(document.licence for document in self.documents("train")).most_common())


def _hold_out(documents: Iterable[Document], *, validation: bool) -> Iterator[Document]:
    """Yield every 20th document, or all others; documents with the same id stay together."""
    sides: dict[str, bool] = {}
    for number, document in enumerate(documents):
        name = document.id or str(number)
        is_held_out = sides.setdefault(name, len(sides) % HOLDOUT_EVERY == HOLDOUT_EVERY - 1)
        if is_held_out == validation:
            yield document


def take_evenly(items: Sequence[Item], count: int) -> Sequence[Item]:
    """Return `count` evenly spaced items, or all where there are no more."""
    total = len(items)
    return items if count >= total else [items[n * total // count] for n in range(count)]


def read_corpus(path: Path) -> Corpus:
    """Return the corpus at `path`, a folder or a text file; the first documents are checked.

    Raises InputRefused, saying what to do, where there is nothing to train on.
    """
    if path.is_dir():
        corpus = _folder(path)
    elif path.is_file():
        corpus = _text_file(path)
    else:
        raise InputRefused(
            f"There is no corpus {path}. Build one with `grue corpus build`, or name a text file."
        )
    if not any(True for _ in corpus.documents("train")):
        raise InputRefused(
            f"{path} contains no training documents. Build it again with more stories."
        )
    if not any(True for _ in corpus.documents("validation")):
        raise InputRefused(
            f"{path} has too few documents to hold one out: with fewer than {HOLDOUT_EVERY} there "
            "is no way to measure whether training helps. Add stories, or move some into "
            "validation.jsonl."
        )
    return corpus


def _folder(path: Path) -> Corpus:
    if not (path / "train.jsonl").is_file():
        raise InputRefused(
            f"{path} is not a corpus: it has no train.jsonl. Build one with `grue corpus build`."
        )
    validation = path / "validation.jsonl"
    manifest = path / "manifest.json"
    digest = hashlib.sha256()
    try:
        for file in [manifest] if manifest.is_file() else [path / f"{s}.jsonl" for s in SPLITS]:
            digest.update(file_sha256(file).encode() if file.is_file() else b"none")
        has_validation = validation.is_file() and validation.stat().st_size > 0
    except OSError as error:
        raise _unreadable(path, error) from error
    name = path.resolve().name
    return Corpus(path, name, digest.hexdigest(), is_text=False, has_validation=has_validation)


def _text_file(path: Path) -> Corpus:
    try:
        size, digest = path.stat().st_size, file_sha256(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    if size < _MIN_TEXT:
        raise InputRefused(
            f"{path} has only {size} bytes of text. Give at least {_MIN_TEXT:,}, better a million."
        )
    return Corpus(path, path.stem, digest, is_text=True, has_validation=False)


def _unreadable(path: Path, error: OSError) -> InputRefused:
    return InputRefused(f"{path} cannot be read: {error.strerror}.")


# Records of a corpus folder -----------------------------------------------------------------------


def _records(file: Path) -> Iterator[Document]:
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield from _split_at_markers(_record(line, f"{file}, line {number}"))
    except OSError as error:
        raise _unreadable(file, error) from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{file} is not UTF-8 text: {error.reason}.") from error


def _record(line: str, place: str) -> Document:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{place} is not valid JSON: {error}.") from error
    if not isinstance(record, dict) or not isinstance(record.get("spans"), list):
        raise InputRefused(f"{place} is not a corpus record: it has no list of spans.")
    spans = tuple(_span(span, place) for span in record["spans"])
    name = str(record.get("id", ""))
    work, licence = str(record.get("work", name)), str(record.get("licence", "unknown"))
    return Document(name, work, licence, spans)


def _split_at_markers(document: Document) -> Iterator[Document]:
    """Yield the parts of a record between the markers of older trainers; they share its id."""
    if not has_markers(document.text):
        yield document
        return
    parts: list[list[Span]] = [[]]
    for span in document.spans:
        for number, part in enumerate(cut_at_borders(span.text)):
            if number:
                parts.append([])
            for each in split_documents(part):
                gap = "\n\n" if parts[-1] and has_markers(part) else ""
                parts[-1].append(Span(gap + each.text, span.train))
    yield from (replace(document, spans=tuple(spans)) for spans in parts if spans)


def _span(span: Any, place: str) -> Span:
    if not isinstance(span, dict) or not isinstance(span.get("text"), str):
        raise InputRefused(f"{place} has a span without text.")
    train = span.get("train", True)
    if not isinstance(train, bool):
        raise InputRefused(f"{place} has a span whose `train` is neither true nor false.")
    return Span(clean(span["text"]), train)


# Plain text files ---------------------------------------------------------------------------------


def _text_documents(file: Path) -> Iterator[Document]:
    """Yield the documents of a text file; without markers it is cut, so that some are held out."""
    longest = min(_MAX_DOCUMENT, max(file.stat().st_size // (2 * HOLDOUT_EVERY), 1))
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for number, marked in enumerate(split_lines(lines, longest), 1):
                name = f"{file.stem}-{number}"
                yield Document(name, file.stem, "unknown", tuple(_marked_spans(marked)))
    except OSError as error:
        raise _unreadable(file, error) from error


def _marked_spans(marked: MarkedDocument) -> Iterator[Span]:
    """Yield the spans of a text: instructions to a chat model are its context, as memory is."""
    context = "".join(f"{clean(each).strip()}\n\n" for each in marked.instructions)
    if context:
        yield Span(context, train=False)
    yield Span(clean(marked.text).strip(), train=True)
