"""Open files of any size, gzip-compressed ones too, as bytes or as text of the right encoding."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from dungeon.errors import InputRefused
from dungeon.text import clean_line, clean_path
from dungeon.text.encoding import SAVE_AS_UTF_8, candidate_codecs

HEAD_BYTES = 64 * 1024
"""Bytes from the start of a file that its format and its encoding are recognised by."""

_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20

_WIDE = frozenset({"utf-16", "utf-32"})
"""Codecs of which bytes of zero are a part."""

_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive, which e-books and Office documents are, too"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GGUF", "a model"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ", "compressed with xz"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
)
"""First bytes of files that are often given by mistake, and what they are."""


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn the errors of reading `path` in this block into InputRefused."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputRefused(
            f"{clean_path(path)} is damaged: its gzip data cannot be unpacked "
            f"({clean_line(str(error))}). Download or compress it again."
        ) from error
    except OSError as error:
        reason = clean_line(error.strerror or type(error).__name__)
        raise InputRefused(f"{clean_path(path)} cannot be read: {reason}.") from error


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file to read its bytes, unpacked where it is gzip-compressed. Raises OSError."""
    file = path.open("rb")
    if file.read(len(_GZIP)) == _GZIP:
        file.close()
        return cast(IO[bytes], gzip.open(path, "rb"))
    file.seek(0)
    return file


def read_head(path: Path) -> bytes:
    """Return the first HEAD_BYTES of a file. Raises InputRefused where it cannot be read."""
    with readable(path), open_bytes(path) as file:
        return file.read(HEAD_BYTES)


def what_bytes_are(head: bytes) -> str:
    """Return what a file is that begins with `head` and is no text; "" where it is not known."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


def find_encoding(path: Path) -> str:
    """Return the codec in which all of a file can be decoded; it is read once for each trial.

    Raises InputRefused, with the offset of the first byte that does not fit and the encodings that
    were tried, where none fits, and where the file is no text.
    """
    tried = candidate_codecs(read_head(path))
    failures = []
    for codec in tried:
        with readable(path), open_bytes(path) as file:
            offset = _first_wrong_byte(file, codec)
        if offset is None:
            return codec
        failures.append(offset)
    names = " or ".join(codec.upper().removesuffix("-SIG") for codec in tried)
    advice = "It may be damaged or cut off." if tried[0] in _WIDE else SAVE_AS_UTF_8
    raise InputRefused(
        f"{clean_path(path)} is not text in {names}: the byte at offset {failures[0]:,} does not "
        f"fit. {advice}"
    )


def _first_wrong_byte(file: IO[bytes], codec: str) -> int | None:
    """Return the offset of the first byte that is no text in `codec`, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    read = 0
    while True:
        chunk = file.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            waiting = len(error.object) - len(chunk)
            return max(read - waiting + error.start, 0)
        if "\0" in text and codec not in _WIDE:
            return read + max(chunk.find(0), 0)
        if not chunk:
            return None
        read += len(chunk)


@contextmanager
def open_text(path: Path, newline: str | None = "") -> Iterator[io.TextIOWrapper]:
    """Open a file as text in its own encoding, line ends as they are, or all `\\n` for None.

    Raises InputRefused as `find_encoding` does.
    """
    codec = find_encoding(path)
    with readable(path), open_bytes(path) as file:
        yield io.TextIOWrapper(file, encoding=codec, newline=newline)
