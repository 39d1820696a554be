"""Read the document of a newer NovelAI story: base64 of MessagePack, paragraphs in an order.

Only what such a document holds is read of MessagePack. Extension types hold MessagePack again.
"""

import base64
import binascii
import struct
from collections import deque
from typing import Any

from dungeon.text import clean
from dungeon.transfer.strict_json import refuse

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 50
MAX_VALUES = 400_000


def paragraphs(place: str, encoded: str) -> list[str]:
    """Return the paragraphs of a document in their order. Refuses what is no such document."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        refuse(place, "is not base64")
    if len(data) > MAX_BYTES:
        refuse(place, f"has more than {MAX_BYTES // 1024:,} KiB")
    try:
        document = _find(_Reader(data).value(0))
    except (_BrokenError, IndexError, struct.error, UnicodeDecodeError):
        refuse(place, "is not a document that Grue can read")
    if document is None:
        refuse(place, "holds no paragraphs that Grue can find")
    sections, order = document["sections"], document["order"]
    found = [sections.get(key) for key in order if isinstance(key, int | str)]
    texts = [section.get("text") for section in found if isinstance(section, dict)]
    return [clean(text) for text in texts if isinstance(text, str)]


class _BrokenError(Exception):
    """The bytes are not MessagePack, or more of it than any story."""


class _Reader:
    """Reads MessagePack from its first byte on."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._values = 0

    def value(self, depth: int) -> Any:
        """Return the next value."""
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise _BrokenError
        code = self._integer(1)
        if code < 0x80:
            return code
        if code < 0x90:
            return self._map(code & 15, depth)
        if code < 0xA0:
            return self._list(code & 15, depth)
        if code < 0xC0:
            return self._bytes(code & 31).decode("utf-8", "replace")
        if code >= 0xE0:
            return code - 256
        return self._by_code(code, depth)

    def _by_code(self, code: int, depth: int) -> Any:  # noqa: C901 - one case for each code
        match code:
            case 0xC0 | 0xC1:
                return None
            case 0xC2 | 0xC3:
                return code == 0xC3
            case 0xC4 | 0xC5 | 0xC6:
                return self._bytes(self._integer(1 << (code - 0xC4)))
            case 0xC7 | 0xC8 | 0xC9:
                return self._extension(self._integer(1 << (code - 0xC7)), depth)
            case 0xCA:
                return struct.unpack(">f", self._bytes(4))[0]
            case 0xCB:
                return struct.unpack(">d", self._bytes(8))[0]
            case 0xCC | 0xCD | 0xCE | 0xCF:
                return self._integer(1 << (code - 0xCC))
            case 0xD0 | 0xD1 | 0xD2 | 0xD3:
                return self._integer(1 << (code - 0xD0), signed=True)
            case 0xD4 | 0xD5 | 0xD6 | 0xD7 | 0xD8:
                return self._extension(1 << (code - 0xD4), depth)
            case 0xD9 | 0xDA | 0xDB:
                return self._bytes(self._integer(1 << (code - 0xD9))).decode("utf-8", "replace")
            case 0xDC | 0xDD:
                return self._list(self._integer(2 << (code - 0xDC)), depth)
            case _:
                return self._map(self._integer(2 << (code - 0xDE)), depth)

    def _bytes(self, length: int) -> bytes:
        piece = self._data[self._at : self._at + length]
        if len(piece) < length:
            raise _BrokenError
        self._at += length
        return piece

    def _integer(self, length: int, *, signed: bool = False) -> int:
        return int.from_bytes(self._bytes(length), "big", signed=signed)

    def _list(self, length: int, depth: int) -> list[Any]:
        if length > len(self._data) - self._at:
            raise _BrokenError
        return [self.value(depth + 1) for _ in range(length)]

    def _map(self, length: int, depth: int) -> dict[Any, Any]:
        if 2 * length > len(self._data) - self._at:
            raise _BrokenError
        found = {}
        for _ in range(length):
            key, value = self.value(depth + 1), self.value(depth + 1)
            if isinstance(key, int | str):
                found[key] = value
        return found

    def _extension(self, length: int, depth: int) -> Any:
        self._integer(1)  # the type
        end = self._at + length
        if end > len(self._data):
            raise _BrokenError
        try:
            value = self.value(depth + 1)
        except _BrokenError:
            value = None
        self._at = end
        return value


def _find(value: Any) -> dict[str, Any] | None:
    """Return the first map with `sections` and an `order`."""
    pending = deque([value])
    while pending:
        found = pending.popleft()
        if isinstance(found, dict):
            if isinstance(found.get("sections"), dict) and isinstance(found.get("order"), list):
                return found
            pending += found.values()
        elif isinstance(found, list):
            pending += found
    return None
