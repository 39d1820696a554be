"""Read the text and TOML files that players write by hand: scenarios and settings.

Every error names the file and the place.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean_line, clean_path
from dungeon.text_encoding import UndecodableText, decode

MAX_BYTES = 64 * 1024
"""Bytes. Far more than a scenario needs, and little enough for any parser."""

_LONG_KEY = re.compile(
    r"""(?<![\w-]) (?: (?: [\w-]++ | "[^"\n]*+" | '[^'\n]*+' ) [ \t]*+ \. [ \t]*+ ){64}""",
    re.VERBOSE,
)
"""A key of more than 64 parts, `a.a.a…`, on which tomllib spends seconds."""


def read_text(path: Path) -> str:
    """Return the text of the UTF-8 file at `path`, without a byte-order mark. Not cleaned.

    Raises InputRefused if it is not a readable file, is larger than MAX_BYTES, or is not UTF-8.
    """
    try:
        if not path.is_file():  # a pipe or a device might never end
            raise InputRefused(
                f"{clean_path(path)} is not a file, so it cannot be read. Name a file."
                if path.exists()
                else f"There is no file {clean_path(path)}. Check its name and folder."
            )
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(f"{clean_path(path)} could not be read: {reason}.") from error
    if len(data) > MAX_BYTES:
        raise InputRefused(
            f"{clean_path(path)} is too large: at most {MAX_BYTES // 1024} KiB are read. "
            "Shorten it."
        )
    try:
        return decode(data)
    except UndecodableText as error:
        raise InputRefused(f"{clean_path(path)}: {error}. Save the file as UTF-8.") from error


def parse(text: str, source: str) -> dict[str, Any]:
    """Return the TOML document `text`; `source` is its name in errors.

    Raises InputRefused with line and column if it is not TOML.
    """
    if _LONG_KEY.search(text):
        raise InputRefused(
            f"{source}: a key has more than 64 parts between its dots. None here needs any."
        )
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise InputRefused(f"{source}: its brackets are nested too deeply to be read.") from error
    except ValueError as error:  # TOMLDecodeError, and what it does not catch: huge numbers
        raise InputRefused(f"{source} is not valid TOML: {clean_line(str(error))}.") from error


def refuse_unknown(keys: Iterable[str], known: Iterable[str], source: str) -> None:
    """Raise InputRefused for the first of `keys` that is not `known`, and suggest the closest."""
    allowed = tuple(known)
    for key in keys:
        if key not in allowed:
            raise InputRefused(
                f"{source}: there is no key `{_short(key)}`.{suggest(key, allowed)} "
                f"The keys are: {', '.join(allowed)}."
            )


def suggest(name: str, known: Iterable[str]) -> str:
    """Return ` Did you mean …?` with the known name closest to `name`, or an empty string."""
    close = difflib.get_close_matches(name[:80].lower(), tuple(known), n=1, cutoff=0.5)
    return f" Did you mean `{close[0]}`?" if close else ""


def describe(value: object) -> str:
    """Return what `value` is, for an error message: `"wide"`, `500`, `a list`."""
    match value:
        case str():
            return f'"{_short(value)}"'
        case bool():
            return str(value).lower()
        case int() | float():
            return _number(value)
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"


def _number(value: float) -> str:
    try:
        return _short(str(value))
    except ValueError:  # hexadecimal numbers may be longer than Python prints in decimal
        return "an enormous number"


def _short(text: str) -> str:
    line = clean_line(text)
    return line if len(line) <= 40 else f"{line[:39]}…"
