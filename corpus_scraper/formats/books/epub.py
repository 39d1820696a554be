"""Read books in EPUB: a zip file of pages, read within limits and never unpacked to disk."""

import posixpath
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from corpus_scraper.formats.books import novel, opf
from corpus_scraper.formats.books.xhtml import parse_page
from corpus_scraper.formats.graph_builder import Format, title_from_name
from corpus_scraper.formats.html_tokens import Tag, tokens
from corpus_scraper.formats.story_file import (
    MAX_BYTES,
    StoryFile,
    Unreadable,
    load_bytes,
    place_of,
    sha256,
    size_limit,
)
from corpus_scraper.graph import StoryGraph
from dungeon.text.encoding import (
    RAISE_LIMIT,
    SAVE_AS_UTF_8,
    UndecodableText,
    decode,
    unify_line_ends,
)

MAX_FILE = 64 * 1024 * 1024
"""Bytes of an e-book, including its pictures."""

MAX_UNPACKED = 32 * 1024 * 1024
"""Bytes of all pages together, counted while they are unpacked."""

MAX_ENTRIES = 10_000
"""Files in an e-book."""

_CONTAINER = "META-INF/container.xml"
_END = b"PK\x05\x06"
_PIECE = 64 * 1024


def _recognises(path: Path, head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and (
        path.suffix.lower() == ".epub" or b"mimetypeapplication/epub+zip" in head[:120]
    )


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    place = place_of(path, root)
    digest = _check(path, root)
    try:
        with zipfile.ZipFile(path) as archive:
            yield from _stories(_Archive(place, digest, archive))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError) as error:
        raise Unreadable(place, f"this is a broken e-book: {error}.") from error
    except (NotImplementedError, RuntimeError, ValueError) as error:
        raise Unreadable(place, f"this e-book cannot be unpacked: {error}.") from error


FORMAT = Format("epub", _recognises, _parse)


def _check(path: Path, root: Path) -> str:
    """Check the size and the central directory of an e-book; return its SHA-256.

    This comes before `zipfile` reads the directory: a crafted one takes much time and memory.
    """
    place = place_of(path, root)
    data = load_bytes(path, root, MAX_FILE)
    end = data.rfind(_END)
    if end < 0 or len(data) < end + 20:
        raise Unreadable(place, "this is a broken e-book: its list of files is missing.")
    entries = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if entries > MAX_ENTRIES or size > MAX_ENTRIES * 512:
        raise Unreadable(place, "it holds more files than any e-book.")
    return sha256(data)


@dataclass(slots=True)
class _Archive:
    """The files of an e-book, and how many bytes were unpacked."""

    place: str
    sha256: str
    files: zipfile.ZipFile
    unpacked: int = 0
    names: dict[str, str] = field(default_factory=dict)
    """The files by every spelling of their names, as `_spelling` gives it."""

    def __post_init__(self) -> None:
        for info in self.files.infolist():
            for name in _names(info):
                self.names.setdefault(_spelling(name), info.filename)

    def find(self, name: str) -> str:
        """Return the file called `name` in any Unicode form, flag or case; "" where none is."""
        exact = name in self.files.NameToInfo
        return name if exact else self.names.get(_spelling(name), "")

    def text(self, wanted: str) -> str:
        """Return the text of a file. Raises Unreadable where it is missing, no text or too much."""
        name = self.find(wanted)
        if not name:
            raise Unreadable(self.place, f"this is a broken e-book: {wanted[:200]} is missing.")
        pieces: list[bytes] = []
        size = 0
        with self.files.open(name) as file:
            while piece := file.read(_PIECE):
                pieces.append(piece)
                size += len(piece)
                self.unpacked += len(piece)
                largest = max(MAX_BYTES, size_limit())
                if size > largest or self.unpacked > max(MAX_UNPACKED, largest):
                    reason = f"it unpacks to more text than any book has. {RAISE_LIMIT}"
                    raise Unreadable(self.place, reason)
        try:
            return unify_line_ends(decode(b"".join(pieces)))
        except UndecodableText as error:
            reason = (
                f"{name[:200]} in it is not UTF-8 text: the byte at offset {error.offset:,} does "
                f"not fit. {SAVE_AS_UTF_8}"
            )
            raise Unreadable(self.place, reason) from error


def _stories(archive: _Archive) -> Iterator[StoryGraph]:
    if archive.find("META-INF/encryption.xml") and archive.find("META-INF/rights.xml"):
        reason = "this e-book has copy protection: only the software of its shop can read it."
        raise Unreadable(archive.place, reason)
    container = archive.text(_CONTAINER)
    roots = [
        t.attributes() for t in tokens(container) if isinstance(t, Tag) and t.name == "rootfile"
    ]
    where = next((root["full-path"] for root in roots if root.get("full-path")), "")
    package = opf.parse_package(archive.text(where))
    folder = posixpath.dirname(where)
    paths = {
        posixpath.normpath(posixpath.join(folder, path)).lstrip("/"): path for path in package.paths
    }
    missing = [shown for path, shown in paths.items() if not archive.find(path)]
    found = dict.fromkeys(filter(None, map(archive.find, paths)))
    pages = [parse_page(archive.text(path)) for path in found]
    file = StoryFile(archive.place, "", archive.sha256)
    title = package.book.title or title_from_name(archive.place)
    notes = (
        *(f"{path[:200]} is not in the e-book, so it was left out." for path in missing),
        *package.notes,
    )
    yield from novel.stories(file, replace(package.book, title=title, notes=notes), pages)


_UTF_8_FLAG = 0x800


def _names(info: zipfile.ZipInfo) -> Iterator[str]:
    """Yield the names that an entry may have: without its flag, the encoding is not known."""
    if not info.flag_bits & _UTF_8_FLAG:
        raw = info.filename.encode("cp437", errors="replace")
        for codec in ("utf-8", "cp1252"):
            try:
                yield raw.decode(codec)
            except UnicodeDecodeError:
                continue
    yield info.filename


def _spelling(name: str) -> str:
    """Return what the spellings of one file name have in common."""
    plain = unicodedata.normalize("NFKC", unquote(name).replace("\\", "/"))
    return unicodedata.normalize("NFKC", plain.casefold()).lstrip("/")
