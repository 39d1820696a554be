"""Parse the TOML files that players write by hand: scenarios and settings.

Every error names the file and the place.
"""

import re
import tomllib
from collections.abc import Iterable
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.error_words import did_you_mean, in_quotes

_LONG_KEY = re.compile(
    r"""(?<![\w-]) (?: (?: [\w-]++ | "[^"\n]*+" | '[^'\n]*+' ) [ \t]*+ \. [ \t]*+ ){64}""",
    re.VERBOSE,
)
"""A key of more than 64 parts, `a.a.a…`, on which tomllib spends seconds."""


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
                f"{source}: there is no key `{_short(key)}`.{did_you_mean(key, allowed)} "
                f"The keys are: {', '.join(allowed)}."
            )


def describe(value: object) -> str:
    """Return what `value` is, for an error message: `“wide”`, `500`, `a list`."""
    match value:
        case str():
            return in_quotes(value)
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
