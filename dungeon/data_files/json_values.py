"""Read JSON Lines and lists of JSON objects piece by piece, so that memory holds one object."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from dungeon.data_files.streams import open_text, readable
from dungeon.errors import InputRefused
from dungeon.text import clean_line, clean_path

_CHUNK = 1 << 16
_BETWEEN = re.compile(r"[\s,]*")
_STRICT = json.JSONDecoder()

Objects = Iterator[tuple[int, dict[str, Any]]]

Refuse = Callable[[int, InputRefused], None]
"""Called with the number of a row that cannot be read, and why; it raises, or the rest is read."""


def read_lines(path: Path, max_length: int, refuse: Refuse) -> Objects:
    """Yield the objects of a JSON Lines file with their line numbers; empty lines are passed over.

    `refuse` is called for a line that is broken or longer than `max_length`.
    """
    number = 0
    with open_text(path) as text, readable(path):
        while line := text.readline(max_length):
            number += 1
            place = f"{clean_path(path)}, line {number:,}"
            if len(line) >= max_length:
                reason = f"{place} is longer than {max_length:,} characters. Split it."
                refuse(number, InputRefused(reason))
                while line and not line.endswith("\n"):
                    line = text.readline(max_length)
                continue
            try:
                value = _object(_parse(line, place), place) if line.strip() else None
            except InputRefused as error:
                refuse(number, error)
                continue
            if value is not None:
                yield number, value


def _parse(line: str, place: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{place} is not valid JSON: {_json_reason(error)}.") from error


def _json_reason(error: ValueError | RecursionError, *, place: bool = True) -> str:
    """Return what is wrong with a JSON text, and for a `place` at which of its characters."""
    if not isinstance(error, json.JSONDecodeError):
        return clean_line(str(error))
    reason = clean_line(error.msg[:1].lower() + error.msg[1:])
    return f"{reason}, at character {error.colno:,}" if place else reason


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputRefused(f"{place} is no JSON object. Write one object per row.")
    return value


def read_list(path: Path, max_length: int, refuse: Refuse) -> Objects:
    """Yield the objects of a JSON list with their numbers; one object alone counts as a list.

    `refuse` is called for a value that is no object. Raises InputRefused, naming the row, where
    the JSON is broken, which leaves open where the next row begins, or longer than `max_length`.
    """
    number = 0
    with open_text(path) as text, readable(path):
        for value in _Values(text, path, max_length):
            number += 1
            try:
                row = _object(value, f"{clean_path(path)}, row {number:,}")
            except InputRefused as error:
                refuse(number, error)
                continue
            yield number, row


class _Values:
    """Iterates over the values of a JSON list in a stream, in time linear in its length."""

    def __init__(self, text: IO[str], path: Path, max_length: int) -> None:
        self._text, self._path, self._max_length = text, path, max_length
        self._buffer = ""
        self._at = 0
        self._number = 0

    def __iter__(self) -> Iterator[Any]:
        is_list = self._skip_to_value() == "["
        self._at += is_list
        while (start := self._skip_to_value()) and start != "]":
            yield self._value()
        if is_list and not start:
            raise self._broken("the list is cut off")
        self._at += is_list
        if self._skip_to_value():
            raise self._broken("something follows the end of the list")

    def _skip_to_value(self) -> str:
        """Move past white space and commas; return the next character, "" at the end."""
        while True:
            self._at = _end_of_gap(self._buffer, self._at)
            if self._at < len(self._buffer) or not self._read(_CHUNK):
                return self._buffer[self._at : self._at + 1]

    def _value(self) -> Any:
        """Return the value that begins here, reading twice as much until it is complete."""
        self._number += 1
        length = _CHUNK
        while True:
            try:
                value, end = _STRICT.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                is_complete = not self._read(length)
                if is_complete or len(self._buffer) - self._at > self._max_length:
                    reason = _json_reason(error, place=False)
                    raise self._broken(f"{reason}. What follows cannot be read") from error
                length *= 2
                continue
            self._at = end
            return value

    def _read(self, length: int) -> bool:
        piece = self._text.read(length)
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0
        return bool(piece)

    def _broken(self, reason: str) -> InputRefused:
        return InputRefused(
            f"{clean_path(self._path)}, row {self._number:,} is not valid JSON: {reason}."
        )


def _end_of_gap(text: str, start: int) -> int:
    found = _BETWEEN.match(text, start)
    return found.end() if found else start
