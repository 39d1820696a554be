"""Load the text of a story file with its provenance, or say in a sentence why it cannot be read.

The text is as the file has it; `build_graph` cleans it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from corpus_scraper.graph import Source
from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.counts import count
from dungeon.text.encoding import (
    RAISE_LIMIT,
    SAVE_AS_UTF_8,
    UndecodableText,
    decode,
    decode_lossy,
    unify_line_ends,
)

MAX_BYTES = 8 * 1024 * 1024
"""Bytes of a story file; a larger one is refused before it is parsed."""

# `Format.parse` is the interface of plugins, which pass no options on.
_chosen_limit: ContextVar[int | None] = ContextVar("chosen_limit", default=None)


@contextmanager
def limit_size(max_bytes: int | None) -> Iterator[None]:
    """Read files of up to `max_bytes` within the block; None leaves each format its own limit."""
    token = _chosen_limit.set(max_bytes)
    try:
        yield
    finally:
        _chosen_limit.reset(token)


def size_limit(default: int = MAX_BYTES) -> int:
    """Return how many bytes of a file are read: what the user chose, else `default`."""
    return _chosen_limit.get() or default


def too_large(limit: int, size: int) -> str:
    """Return a sentence that a file of `size` bytes is larger than `limit`, and what to do."""
    most = f"{limit:,} bytes" if limit % 1024**2 else f"{limit // 1024**2:,} MiB"
    return f"it is larger than {most}: it has {size:,} bytes. {RAISE_LIMIT}"


MAX_DEPTH = 50
"""Nesting depth of brackets, hooks and branches in a file. Real ones stay below 20."""


class Unreadable(InputRefused):
    """A file cannot be read as a story. The message names the file, the line and what is wrong."""

    def __init__(self, place: str, reason: str, line: int = 0) -> None:
        where = f"{place}, line {line}" if line else place
        super().__init__(f"{clean_line(where)}: {clean_line(reason)}")
        self.reason = reason
        """What is wrong, without the place."""
        self.place = place
        """The file, relative to what was imported."""
        self.line = line
        """The line, counted from 1; 0 where no line is at fault."""
        self.sentences: tuple[str, ...] = (str(self),)
        """The message, and one for each further part of the file that cannot be read."""


MAX_SENTENCES = 1_000
"""Sentences about one file: a hostile one may have millions of parts that cannot be read."""


def raise_refusals(refusals: Sequence[Unreadable]) -> None:
    """Raise what could not be read of a file as one error, once the rest of it is read."""
    if refusals:
        refusals[0].sentences = tuple(text for each in refusals for text in each.sentences)
        raise refusals[0]


class Refusals:
    """What could not be read of a file, collected while the rest of it is read."""

    def __init__(self) -> None:
        self._errors: list[Unreadable] = []
        self._others = 0

    def add(self, error: Unreadable) -> None:
        """Keep an error; of those after MAX_SENTENCES, only their number."""
        if len(self._errors) < MAX_SENTENCES:
            self._errors.append(error)
        else:
            self._others += 1

    def raise_all(self) -> None:
        """Raise all of them as one error, if there is any."""
        rest = f"{count(self._others, 'further part')} of it cannot be read."
        others = [Unreadable(self._errors[0].place, rest)] if self._others else []
        raise_refusals([*self._errors, *others])


Item = TypeVar("Item")
Built = TypeVar("Built")


def build_readable(
    items: Iterable[Item], build: Callable[[Item], Built], noun: str = ""
) -> Iterator[Built]:
    """Yield what `build` makes of each of `items`; raise Unreadable at the end for the others.

    An error names the item by `noun` and its number, where there are several.
    """
    refusals = Refusals()
    for number, item in enumerate(items, 1):
        try:
            built = build(item)
        except Unreadable as error:
            reason = f"{noun} {number}: {error.reason}" if noun else error.reason
            refusals.add(Unreadable(error.place, reason, error.line))
        else:
            yield built
    refusals.raise_all()


@dataclass(frozen=True, slots=True)
class StoryFile:
    """The text of one story with its provenance. It may also be a page of a site."""

    place: str
    """A URL, or a path relative to what was imported, with `/`."""
    text: str
    """Decoded, with `\\n` at the ends of lines, and not yet cleaned."""
    sha256: str
    """Of the bytes."""
    fetched: str = ""
    """When, in ISO 8601; empty for a file."""

    def source(self) -> Source:
        """Return the provenance of a graph that is parsed from this text."""
        return Source(self.place, self.fetched, self.sha256)

    def unreadable(self, reason: str, line: int = 0) -> Unreadable:
        """Return an error about this text, to be raised."""
        return Unreadable(self.place, reason, line)

    def line_of(self, offset: int) -> int:
        """Return the line, counted from 1, of the character at `offset`."""
        return self.text.count("\n", 0, offset) + 1


def load(path: Path, root: Path) -> StoryFile:
    """Return the text of the file at `path`, with its place relative to `root`.

    Raises Unreadable where it is missing, larger than the limit, or no text.
    """
    place = place_of(path, root)
    data = load_bytes(path, root)
    try:
        text = decode(data)
    except UndecodableText as error:
        reason = (
            "this is not UTF-8 text, nor text in an encoding that it declares: the byte at offset "
            f"{error.offset:,} does not fit. {SAVE_AS_UTF_8}"
        )
        raise Unreadable(place, reason, error.line) from error
    if "\0" in text:
        raise Unreadable(place, "this is no text: it has bytes of zero in it.")
    return StoryFile(place, unify_line_ends(text), sha256(data))


def load_bytes(path: Path, root: Path, default_limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of the file at `path`. Raises Unreadable as `load` does."""
    place = place_of(path, root)
    limit = size_limit(default_limit)
    check_path(path, root)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            data = file.read(limit + 1) if size <= limit else b""
    except OSError as error:
        raise Unreadable(place, f"it cannot be read: {error.strerror}.") from error
    if (size := max(size, len(data))) > limit:  # it may have grown
        raise Unreadable(place, too_large(limit, size))
    return data


def check_path(path: Path, root: Path) -> None:
    """Refuse a path that must not be opened: a device or pipe, or a file outside of `root`.

    An included file may be named `../../secret`, and a symbolic link may lead anywhere.
    """
    place = place_of(path, root)
    try:
        is_file, real = path.is_file(), path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a name that is too long, links in a ring
        raise Unreadable(place, "it cannot be read: it has no name a file can have.") from error
    if not real.is_relative_to(root.resolve()):
        raise Unreadable(place, "it is outside of the folder that is imported.")
    if not is_file:
        raise Unreadable(place, "it cannot be read: there is no such file.")


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def place_of(path: Path, root: Path) -> str:
    """Return `path` relative to `root`, with `/`; its name where it is not below `root`."""
    place = path.relative_to(root).as_posix() if path.is_relative_to(root) else "."
    return path.name if place == "." else place


def read_head(path: Path, size: int) -> bytes:
    """Return the first `size` bytes of a file; none for a folder or a file that cannot be read."""
    try:
        if not path.is_file():  # a pipe would never answer
            return b""
        with path.open("rb") as file:
            return file.read(size)
    except OSError:
        return b""


def read_text_head(path: Path, size: int) -> bytes:
    """Return the first `size` bytes of a file; text as UTF-8, with `\\n` at the ends of lines."""
    head = read_head(path, size)
    text = decode_lossy(head)
    return head if "\0" in text else unify_line_ends(text).encode()


def load_all(paths: Sequence[Path], root: Path, limit: int) -> list[StoryFile]:
    """Return the files of one story. Raises Unreadable where there are more than `limit`."""
    files = [load(path, root) for path in paths[: limit + 1]]
    if len(files) > limit:
        raise files[0].unreadable(f"its story has more than {limit} files.")
    return files


def join_files(files: Sequence[StoryFile], place: str = "") -> StoryFile:
    """Return the files of one story as one, with a hash of their hashes.

    Its place is `place`, or that of the first file where that is empty.
    """
    if len(files) == 1:
        return replace(files[0], place=place) if place else files[0]
    digest = sha256("\n".join(file.sha256 for file in files).encode())
    return StoryFile(place or files[0].place, "\n\n".join(file.text for file in files), digest)
