"""Read untrusted JSON strictly: anything unexpected is refused, with its place.

Our own because msgspec and pydantic accept duplicate keys, and a player would not understand how
their errors name a place.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

from dungeon.data_files.json_depth import is_deeper
from dungeon.errors import InputRefused
from dungeon.text import clean_line

T = TypeVar("T")

MAX_INTEGER = 2**64
"""Integers of this size, positive or negative, are refused; a seed may have 64 bits."""

MAX_DEPTH = 100
"""Brackets within brackets."""

MAX_BRACKETS = 400_000
"""Objects and lists in a document; 100,000 turns of Grue's own format have 300,000."""

_MAX_QUOTED = 40
"""Characters of a value that an error message quotes."""


def refuse(place: str, what: str) -> NoReturn:
    """Raise InputRefused with a sentence that begins with `place`."""
    raise InputRefused(f"{place}: {what}.")


def quote(value: object) -> str:
    """Return an untrusted value, cleaned and shortened, for an error message."""
    return f"“{clean_line(str(value))[:_MAX_QUOTED]}”"


def parse(name: str, text: str) -> Any:
    """Return the JSON document `text`.

    Refuses NaN, duplicate keys, brackets deeper than MAX_DEPTH, and so many of them that the values
    would take far more memory than the text.
    """
    if text.count("{") + text.count("[") > MAX_BRACKETS:
        refuse(name, f"more than {MAX_BRACKETS:,} brackets, which no adventure has")
    value = _load(name, text)
    if is_deeper(value, MAX_DEPTH):
        _refuse_depth(name)
    return value


def _refuse_depth(name: str) -> NoReturn:
    refuse(name, "brackets within brackets, too deep to be an adventure")


def _load(name: str, text: str) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=lambda pairs: _object(name, pairs),
            parse_constant=lambda constant: refuse(name, f"{constant} is no JSON number"),
            parse_float=lambda digits: _finite(name, digits),
        )
    except json.JSONDecodeError as error:
        refuse(name, f"line {error.lineno}, column {error.colno}: {error.msg}")
    except RecursionError:
        _refuse_depth(name)
    except ValueError:  # Python refuses integers of thousands of digits
        refuse(name, "a number with more digits than any number in an adventure")


def _object(name: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, number in counts.items() if number > 1)
        refuse(name, f"the key {quote(twice)} stands twice in one object")
    return document


def _finite(name: str, digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else refuse(name, f"{quote(digits)} is too large")


def expect_text(place: str, value: object) -> str:
    """Return `value`, a string that can be saved as UTF-8."""
    if not isinstance(value, str):
        refuse(place, "must be a string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        refuse(place, f"character {error.start} is half of a pair (a lone surrogate)")
    return value


def expect_integer(place: str, value: object) -> int:
    """Return `value`, an integer below MAX_INTEGER."""
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(place, "must be an integer")
    if abs(value) >= MAX_INTEGER:
        refuse(place, "is too large")
    return value


def expect_datetime(place: str, value: object) -> datetime:
    """Return the ISO 8601 string `value` as a datetime in UTC; it must name a time zone."""
    try:
        parsed = datetime.fromisoformat(expect_text(place, value))
        if parsed.tzinfo is not None:
            return parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    refuse(place, "must be a moment such as 2026-01-31T20:15:00+00:00")


class Fields:
    """A JSON object whose fields are read by name, and which refuses those that nobody reads."""

    def __init__(self, place: str, value: object) -> None:
        if not isinstance(value, dict):
            refuse(place, "must be an object")
        self._place = place
        self._unread: dict[str, Any] = dict(value)

    def at(self, name: str) -> str:
        """Return the place of a field, for an error message."""
        return f"{self._place}.{name}"

    def __contains__(self, name: str) -> bool:
        """Return whether there is such a field that was not read yet."""
        return name in self._unread

    def read(self, name: str, convert: Callable[[str, object], T]) -> T:
        """Return a field's value, checked by `convert`, which is given its place as well."""
        if name not in self._unread:
            refuse(self._place, f"lacks `{name}`")
        return convert(self.at(name), self._unread.pop(name))

    def refuse_unread(self) -> None:
        """Refuse fields that nobody has read."""
        for name in self._unread:
            refuse(self._place, f"has a field {quote(name)} that Grue does not know")
