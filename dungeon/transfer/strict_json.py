"""Read untrusted JSON strictly: anything unexpected is refused, with its place.

Our own rather than msgspec or pydantic: those let a key stand twice, and their errors do not name a
place in words that a player understands.
"""

import json
import math
from datetime import UTC, datetime
from typing import Any, NoReturn

from dungeon.errors import InputRefused
from dungeon.text import clean_line

LARGEST_NUMBER = 2**64
"""Integers from here on, either way, are refused; a seed may have 64 bits."""

_SHOWN = 40
"""Characters of a strange value that a refusal quotes, at most."""


def refuse(place: str, what: str) -> NoReturn:
    """Raise InputRefused."""
    raise InputRefused(f"{place}: {what}.")


def quoted(value: object) -> str:
    """Return a value from a stranger, short and fit to be shown."""
    return f"“{clean_line(str(value))[:_SHOWN]}”"


def parse(name: str, text: str) -> Any:
    """Return the JSON document `text`. No NaN, no key twice, no depth that breaks Python."""
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
        refuse(name, "brackets within brackets, too deep to be an adventure")
    except ValueError:  # Python refuses integers of thousands of digits
        refuse(name, "a number with more digits than any number in an adventure")


def _object(name: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        refuse(name, f"the key {quoted(twice)} stands twice in one object")
    return document


def _finite(name: str, digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else refuse(name, f"{quoted(digits)} is too large")


def text_of(place: str, value: object) -> str:
    """Return a string that can be saved."""
    if not isinstance(value, str):
        refuse(place, "must be a string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        refuse(place, f"character {error.start} is half of a pair (a lone surrogate)")
    return value


def integer_of(place: str, value: object) -> int:
    """Return an integer of a sane size."""
    if not isinstance(value, int) or isinstance(value, bool):
        refuse(place, "must be an integer")
    if abs(value) >= LARGEST_NUMBER:
        refuse(place, "is too large")
    return value


def moment_of(place: str, value: object) -> datetime:
    """Return a moment in UTC; one without a time zone is refused."""
    try:
        moment = datetime.fromisoformat(text_of(place, value))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    refuse(place, "must be a moment such as 2026-01-31T20:15:00+00:00")


class Fields:
    """A JSON object being read: every field is taken by name, and what is left over is refused."""

    def __init__(self, place: str, value: object) -> None:
        if not isinstance(value, dict):
            refuse(place, "must be an object")
        self.place = place
        self._left: dict[str, Any] = dict(value)

    def at(self, name: str) -> str:
        """Return the place of a field."""
        return f"{self.place}.{name}"

    def has(self, name: str) -> bool:
        """Return whether a field is there and not taken yet."""
        return name in self._left

    def take(self, name: str) -> Any:
        """Return a field's value, whatever it is."""
        if name not in self._left:
            refuse(self.place, f"lacks {name!r}")
        return self._left.pop(name)

    def text(self, name: str) -> str:
        """Return a field that holds text."""
        return text_of(self.at(name), self.take(name))

    def moment(self, name: str) -> datetime:
        """Return a field that holds a moment."""
        return moment_of(self.at(name), self.take(name))

    def done(self) -> None:
        """Refuse what nobody has taken."""
        for name in self._left:
            refuse(self.place, f"has a field {quoted(name)} that Grue does not know")
