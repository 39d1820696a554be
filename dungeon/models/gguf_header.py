"""Read the metadata of a GGUF file, within bounds of size and time.

Every file that is not Grue's own passes through here before a library reads it: some of those hang
on crafted files.
"""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import WeightsError
from dungeon.text import clean_line

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MAX_KEYS = 4096
_MAX_HEADER_BYTES = 256 << 20
_MAX_TEXT = 64 << 10
"""A longer string is skipped; none that is needed here is that long."""

_STRING, _ARRAY = 8, 9
_FORMATS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""GGUF's number types as `struct` formats."""

_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 32: "BF16",
}  # fmt: skip
"""llama.cpp's `LLAMA_FTYPE` numbers of the usual quantisations."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The metadata of a GGUF file that Grue uses."""

    architecture: str
    name: str
    context_length: int | None
    """Tokens it was trained for."""
    quantisation: str
    licence: str
    has_chat_template: bool = False


def read_header(path: Path) -> GgufHeader:
    """Return the metadata of the file.

    Raises WeightsError where it cannot be read, is no GGUF model or is truncated.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            values = _MetadataReader(data).read()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, struct.error, IndexError) as error:
        raise WeightsError(f"{path} is no GGUF model file, or is damaged ({error}).") from error
    architecture = _text(values, "general.architecture")
    length = values.get(f"{architecture}.context_length")
    number = values.get("general.file_type")
    return GgufHeader(
        architecture=architecture or "unknown",
        name=_text(values, "general.name"),
        context_length=length if isinstance(length, int) and length > 0 else None,
        quantisation=_FILE_TYPES.get(number, "unknown") if isinstance(number, int) else "unknown",
        licence=_text(values, "general.license") or "unknown",
        has_chat_template="tokenizer.chat_template" in values,
    )


def _text(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    return clean_line(value)[:200] if isinstance(value, str) else ""


class _MetadataReader:
    """A cursor over the metadata; every length is checked against the file before it is used."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._end = min(len(data), _MAX_HEADER_BYTES)
        self._at = 0

    def read(self) -> dict[str, Any]:
        """Return every value that is not an array. Raises ValueError where it is no model file."""
        if self._take(4) != _MAGIC:
            raise ValueError("it does not begin with GGUF")
        version, _tensors, keys = self._unpack("<IQQ")
        if version not in _VERSIONS:
            raise ValueError(f"its version is {version}, which is unknown")
        if keys > _MAX_KEYS:
            raise ValueError("it has too many keys")
        values = {}
        for _ in range(keys):
            key = self._string()
            (kind,) = self._unpack("<I")
            values[key] = self._value(kind)
        return values

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._string()
        if kind == _ARRAY:
            return self._skip_array()
        if kind not in _FORMATS:
            raise ValueError(f"a value is of the unknown kind {kind}")
        return self._unpack("<" + _FORMATS[kind])[0]

    def _skip_array(self) -> None:
        kind, count = self._unpack("<IQ")
        if kind in _FORMATS:
            self._skip(count * struct.calcsize("<" + _FORMATS[kind]))
        elif kind == _STRING:
            self._skip(0 if count * 8 <= self._end - self._at else self._end + 1)
            for _ in range(count):
                self._skip(self._unpack("<Q")[0])
        else:
            raise ValueError(f"an array is of the unknown kind {kind}")

    def _string(self) -> str:
        (length,) = self._unpack("<Q")
        if length > _MAX_TEXT:
            self._skip(length)
            return ""
        return self._take(length).decode("utf-8", errors="replace")

    def _unpack(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self._take(struct.calcsize(form)))

    def _take(self, count: int) -> bytes:
        start = self._at
        self._skip(count)
        return self._data[start : self._at]

    def _skip(self, count: int) -> None:
        if count > self._end - self._at:
            raise ValueError("it is truncated")
        self._at += count
