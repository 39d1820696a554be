"""Read text of unknown encoding: byte order mark, then UTF-8, then what the file itself declares.

A declaration from outside, such as that of an HTTP header, comes before UTF-8. One within the file
comes after it, since a file that was converted to UTF-8 often keeps its old declaration.

Nothing is guessed from the frequency of bytes: a wrong guess would put wrong letters into a story
without anybody noticing, and a refusal says what to do.
"""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.text import clean_line, clean_path

_MARKS = (  # the marks of UTF-32 begin with those of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (  # XML and HTML begin with `<`, so that their UTF-16 needs no mark
    (re.compile(rb"<\0[?!A-Za-z]\0"), "utf-16-le"),
    (re.compile(rb"\0<\0[?!A-Za-z]"), "utf-16-be"),
)
_HEADER_BYTES = 16 * 1024
"""Bytes from the start of a file within which it declares its encoding."""

_DECLARATIONS = (
    re.compile(rb"""\A\s*<\?xml\b[^>]{0,500}?\bencoding\s*=\s*["']([\w.:-]{1,40})"""),
    re.compile(rb"""<meta\b[^>]{0,500}?\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I),
    re.compile(
        rb"^[ \t]*Character set encoding:[ \t]*(?:Unicode[ \t]+)?([\w.: -]{1,40})", re.I | re.M
    ),
)
"""Declarations of XML, of HTML, and of the header of Project Gutenberg."""

_CHARACTER_SETS = re.compile(
    r"ascii|utf-(?:8|16|32)(?:-[lb]e)?|iso8859-\d+|cp\d+|koi8-[rut]|mac-\w+"
    r"|gb\w+|big5\w*|shift_jis\w*|euc_\w+"
)
"""Codecs that are character sets; Python has others (`rot13`, `unicode_escape`) that are not."""


SAVE_AS_UTF_8 = "Save it as UTF-8."
"""What to do about a file in an encoding that cannot be known."""

RAISE_LIMIT = "To read it, set a higher limit with --max-bytes."
"""What to do about a file that is too large, where the command has the option."""


class UndecodableText(ValueError):
    """The bytes are no text in any encoding that they or their declaration name."""

    def __init__(self, line: int, offset: int) -> None:
        super().__init__(
            f"line {line} is not UTF-8 text: the byte at offset {offset:,} does not fit"
        )
        self.line = line
        """Line of the first byte that could not be decoded, from 1."""
        self.offset = offset
        """Bytes before it."""


def read_text(path: Path, *, max_bytes: int = 64 * 1024, advice: str = "Shorten it.") -> str:
    """Return the text of the UTF-8 file at `path`, without a byte order mark. Not cleaned.

    Raises InputRefused if it is not a readable file, is larger than `max_bytes`, or is no text.
    `advice` says what to do about a file that is too large.
    """
    return decode_file(path, read_bytes(path, max_bytes=max_bytes, advice=advice))


def decode_file(path: Path, data: bytes) -> str:
    """Return the bytes of the file at `path` as text. Raises InputRefused if they are none."""
    return decode_from(clean_path(path), data)


def decode_from(place: str, data: bytes) -> str:
    """Return bytes as text; a refusal calls where they are from `place`. Raises InputRefused."""
    try:
        return decode(data)
    except UndecodableText as error:
        raise InputRefused(f"{place}: {error}. {SAVE_AS_UTF_8}") from error


def read_bytes(path: Path, *, max_bytes: int, advice: str) -> bytes:
    """Return the bytes of the file at `path`. Raises InputRefused as `read_text` does."""
    try:
        if not path.is_file():  # a pipe or a device might never end
            raise InputRefused(
                f"{clean_path(path)} is not a file, so it cannot be read. Name a file."
                if path.exists()
                else f"There is no file {clean_path(path)}. Check its name and folder."
            )
        size = path.stat().st_size
        with path.open("rb") as file:
            data = file.read(max_bytes + 1) if size <= max_bytes else b""
    except OSError as error:
        reason = clean_line(error.strerror or type(error).__name__)
        raise InputRefused(f"{clean_path(path)} could not be read: {reason}.") from error
    if (size := max(size, len(data))) > max_bytes:  # it may have grown
        most, found = _sizes(max_bytes, size)
        raise InputRefused(
            f"{clean_path(path)} is too large: at most {most} are read, and it has {found}. "
            f"{advice}"
        )
    return data


def _sizes(limit: int, size: int) -> tuple[str, str]:
    """Return a limit and a size beyond it in the same unit."""
    if limit % 1024:
        return f"{limit:,} bytes", f"{size:,} bytes"
    return f"{limit // 1024:,} KiB", f"{-(-size // 1024):,} KiB"


def decode(data: bytes, *declared: str) -> str:
    """Return `data` as text without its byte order mark, line ends as they are.

    `declared` are names of encodings, most trusted first; unknown names are passed over. Raises
    UndecodableText where no encoding fits.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode_strictly(data[len(mark) :], name)
    for codec in _unmarked_candidates(data, *declared):
        try:
            return data.decode(codec).removeprefix("\ufeff")
        except ValueError:
            continue
    return _decode_strictly(data, "utf-8")


def candidate_codecs(head: bytes) -> tuple[str, ...]:
    """Return the codecs in which a file that starts with `head` may be, in the order of trial.

    Each also removes the byte order mark. This is for files that are too large to be decoded at
    once; `decode` tries the same.
    """
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), "")
    if marked:
        return ("utf-8-sig" if marked == "utf-8" else marked.rpartition("-")[0],)
    return tuple(dict.fromkeys(_unmarked_candidates(head)))


def _unmarked_candidates(data: bytes, *declared: str) -> Iterator[str]:
    """Yield the codecs to try for text without a byte order mark."""
    for name in (*declared, _unmarked(data), "utf-8", *_declared_within(data)):
        yield from _codecs(name)


def _unmarked(data: bytes) -> str:
    """Return the encoding of XML or HTML in UTF-16 without a byte order mark, else ""."""
    return next((name for start, name in _UNMARKED if start.match(data)), "")


def _declared_within(data: bytes) -> list[str]:
    """Return the encodings that the text itself declares."""
    # Line ends as old Macs had them; `^` only knows `\n`.
    head = data[:_HEADER_BYTES].replace(b"\r", b"\n")
    found = (declaration.search(head) for declaration in _DECLARATIONS)
    return [each[1].decode("ascii", errors="replace").strip() for each in found if each]


def _codecs(name: str) -> tuple[str, ...]:
    """Return the codecs to try for the encoding called `name`; none where it is unknown."""
    codec = character_set(name)
    if codec == "iso8859-1":  # as browsers do: quotation marks of Windows pass for Latin-1
        return "cp1252", codec
    return (codec,) if codec else ()


def decode_lossy(data: bytes) -> str:
    """Return `data` as text by its byte order mark, else as UTF-8, with U+FFFD for broken bytes.

    For files of which only keywords matter, and for the start of a file, which may end in the
    middle of a character.
    """
    marked = ((name, len(mark)) for mark, name in _MARKS if data.startswith(mark))
    codec, start = next(marked, (_unmarked(data) or "utf-8", 0))
    return data[start:].decode(codec, errors="replace")


def character_set(name: str) -> str:
    """Return Python's name of the encoding called `name`, or "" where it is no character set."""
    # Project Gutenberg writes "ISO Latin-1" and "ISO-8859-1 (Latin-1)".
    name = re.sub(r"^iso[ _-]?(?=latin)", "", name.partition("(")[0].strip().casefold())
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return codec if _CHARACTER_SETS.fullmatch(codec) else ""


def unify_line_ends(text: str) -> str:
    """Return `text` with `\\n` at the ends of lines, where a file has `\\r\\n` or `\\r`."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UndecodableText(line, error.start) from error
