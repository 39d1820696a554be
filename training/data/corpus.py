"""Find the files of a corpus, split by split, and read their documents one at a time.

A corpus is a folder that `grue corpus build` wrote, a text file, a file of rows (JSON Lines, JSON,
CSV, Parquet, Arrow), or a folder of such files as `datasets` or the hub has them. Knows nothing of
tokens and models.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dungeon.data_files.folders import FolderContent, Split, find_files, source_of
from dungeon.data_files.recognition import DataFormat, recognise
from dungeon.errors import InputRefused
from dungeon.models.hashes import file_sha256
from dungeon.text import clean_line, clean_path
from dungeon.text.counts import count
from training.data.documents import Document, TrainOn, mask_actions
from training.data.row_files import LeftOut, read_row_file
from training.data.text_files import MAX_DOCUMENT, read_text_file

Item = TypeVar("Item")

SPLITS: tuple[Split, ...] = ("train", "validation", "test")

HOLDOUT_EVERY = 20
"""Every 20th document becomes validation text where the corpus has no validation split."""

_MIN_TEXT = 1_000
"""Bytes of plain text below which there is too little to train on and to hold out."""

_MAX_LISTED = 5
"""Files that a note lists."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A file of a corpus."""

    path: Path
    format: DataFormat
    source: str
    """The source of its documents, where they name none."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus on disk. Documents are read when they are asked for."""

    path: Path
    name: str
    sha256: str
    """Hash of the manifest, or of the files themselves where there is no manifest."""
    files: Mapping[Split, tuple[CorpusFile, ...]]
    """The files of each split that has any."""
    notes: tuple[str, ...] = ()
    """What in the folder is not read, in sentences."""
    train_on: TrainOn = "all"

    @property
    def has_validation(self) -> bool:
        """Whether the corpus has a validation split of its own."""
        return bool(self.files.get("validation"))

    def split_files(self, split: Split) -> tuple[CorpusFile, ...]:
        """Return the files from which the documents of `split` are read."""
        held_out = split == "validation" and not self.has_validation
        return tuple(self.files.get("train" if held_out else split, ()))

    def documents(self, split: Split, left_out: LeftOut | None = None) -> Iterator[Document]:
        """Yield the documents of `split` in file order, and count what is left out.

        Raises InputRefused, with the line number, where a record is broken.
        """
        documents = self._read(split, left_out or LeftOut())
        if self.train_on == "replies":
            documents = map(mask_actions, documents)
        if self.has_validation or split == "test":
            yield from documents
        else:
            yield from _hold_out(documents, validation=split == "validation")

    def _read(self, split: Split, left_out: LeftOut) -> Iterator[Document]:
        files = self.split_files(split)
        size = sum(file.path.stat().st_size for file in files)
        longest = min(MAX_DOCUMENT, max(size // (2 * HOLDOUT_EVERY), 1))
        for file in files:
            if file.format == "text":
                yield from read_text_file(file.path, file.path.stem, file.source, longest)
            else:
                yield from read_row_file(file.path, file.format, file.source, left_out)

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


def read_corpus(path: Path, *, needs_validation: bool = True) -> Corpus:
    """Return the corpus at `path`, a folder or a file; the first documents are checked.

    Raises InputRefused, saying what to do, where there is nothing to train on, and unless
    `needs_validation` is false where it is too small to hold anything out.
    """
    try:
        if path.is_dir():
            corpus = _folder(path)
        elif path.is_file():
            corpus = _file(path)
        else:
            raise missing_corpus(path)
        _check(corpus, needs_validation=needs_validation)
    except OSError as error:
        raise InputRefused(f"{clean_path(path)} cannot be read: {error.strerror}.") from error
    return corpus


def nothing_to_train_on(path: Path) -> InputRefused:
    """Return the refusal of a corpus in which no token is trained on."""
    return InputRefused(
        f"There is nothing to train on in {path}: no document has more than one token "
        "that is trained on. Build it again with more stories."
    )


def missing_corpus(path: Path) -> InputRefused:
    """Return the refusal of a corpus that is not there."""
    return InputRefused(
        f"There is no corpus {clean_path(path)}. Build one with `grue corpus build`, or name a "
        "file of text or data."
    )


def _check(corpus: Corpus, *, needs_validation: bool) -> None:
    place = clean_path(corpus.path)
    if not any(True for _ in corpus.documents("train")):
        raise InputRefused(
            f"{place} contains no training documents. Build it again with more stories, or name a "
            "file with text in it."
        )
    if needs_validation and not any(True for _ in corpus.documents("validation")):
        raise InputRefused(
            f"{place} has too few documents to hold one out: with fewer than {HOLDOUT_EVERY} there "
            "is no way to measure whether training helps. Add stories, or move some into "
            "validation.jsonl."
        )


# Files --------------------------------------------------------------------------------------------


def _file(path: Path) -> Corpus:
    size, format_ = path.stat().st_size, recognise(path)
    if format_ == "text" and size < _MIN_TEXT:
        raise InputRefused(
            f"{clean_path(path)} has only {count(size, 'byte')} of text. Give at least "
            f"{_MIN_TEXT:,}, better a million."
        )
    files: dict[Split, tuple[CorpusFile, ...]] = {"train": (CorpusFile(path, format_, path.stem),)}
    return Corpus(path, path.stem, file_sha256(path), files)


# Folders ------------------------------------------------------------------------------------------


def _folder(path: Path) -> Corpus:
    manifest = path / "manifest.json"
    return _built_corpus(path, manifest) if manifest.is_file() else _data_folder(path)


def _built_corpus(path: Path, manifest: Path) -> Corpus:
    """Return a corpus that `grue corpus build` wrote; an empty split is no split."""
    name = path.resolve().name
    files: dict[Split, tuple[CorpusFile, ...]] = {}
    for split in SPLITS:
        file = path / f"{split}.jsonl"
        if file.is_file() and file.stat().st_size > 0:
            files[split] = (CorpusFile(file, "json-lines", name),)
    return Corpus(path, name, hashlib.sha256(file_sha256(manifest).encode()).hexdigest(), files)


def _data_folder(path: Path) -> Corpus:
    name = path.resolve().name
    content = find_files(path)
    place = clean_path(path)
    if not content.files and content.empty:
        first = clean_line(content.empty[0])
        raise InputRefused(f"{place} has no text to train on: {first} is empty.")
    if not content.files:
        raise InputRefused(
            f"{place} is no corpus and has no data files. Build a corpus with `grue corpus build`, "
            "or name a folder of text, JSON Lines, CSV, Parquet or Arrow files."
        )
    digest = hashlib.sha256()
    files: dict[Split, tuple[CorpusFile, ...]] = {}
    by_split = sorted(content.files, key=lambda file: SPLITS.index(file.split))
    for split, several in itertools.groupby(by_split, key=lambda file: file.split):
        each: list[CorpusFile] = []
        for file in several:
            where = file.path.relative_to(path).as_posix()
            digest.update(f"{where}\n{file_sha256(file.path)}\n".encode())
            each.append(CorpusFile(file.path, file.format, source_of(where, name)))
        files[split] = tuple(each)
    if "train" not in files:
        raise InputRefused(
            f"{place} has files for {' and '.join(files)} only. Name one of the files to train on "
            "train.jsonl."
        )
    return Corpus(path, name, digest.hexdigest(), files, tuple(_notes(content)))


def _notes(content: FolderContent) -> Iterator[str]:
    for reason, places in (("no data files", content.others), ("empty", content.empty)):
        if places:
            listed = ", ".join(map(clean_line, places[:_MAX_LISTED]))
            rest = len(places) - _MAX_LISTED
            more = f" and {rest:,} more" if rest > 0 else ""
            yield f"Not read, because they are {reason}: {listed}{more}."
