"""What the player typed, across sessions: a file of JSON strings, one a line, newest last.

A line is appended in one write, so that several windows can share the file. A file that has grown
to twice its lines is written anew when it is read. What breaks the content rule is not stored.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from dungeon.files.atomic_file import atomic_write
from dungeon.text import clean, clean_line, safety

MAX_LINES = 1_000
"""Lines that are kept from one session to the next; the oldest go first."""

MAX_CHARACTERS = 8_000
"""Characters of a line that is kept: as many as one turn may have."""

_MAX_BYTES = 4_000_000
"""The end of the file that is read, however large it is."""


class LineHistory:
    """The lines of one session, after those of earlier ones."""

    def __init__(self, path: Path) -> None:
        """Read the file at `path`, where there is one that can be read."""
        self._path = path
        self._has_failed = False
        data = _read_end(path)
        self._ends_open = bool(data) and not data.endswith(b"\n")
        found = [line for record in data.split(b"\n") if (line := _parse(record))]
        self.lines = found[-MAX_LINES:]
        """Every line, the newest last; no line twice in a row."""
        if len(found) >= 2 * MAX_LINES or len(data) == _MAX_BYTES:
            self._rewrite()

    def add(self, line: str) -> str:
        """Add what was typed, but for an empty line and the same one again.

        Return why it could not be stored, the first time, or nothing.
        """
        if not line or self.lines[-1:] == [line]:
            return ""
        self.lines.append(line)
        if self._has_failed or len(line) > MAX_CHARACTERS or safety.violates(line):
            return ""
        try:
            self._append(line)
        except OSError as error:
            self._has_failed = True
            reason = clean_line(error.strerror or str(error))
            return f"What you type is not kept for the next session: {reason}."
        return ""

    def _append(self, line: str) -> None:
        """Append a record; one that a crash has left open is ended first."""
        record = ("\n" if self._ends_open else "") + _record(line)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(handle, "ab", buffering=0) as file:
            file.write(record.encode("utf-8", "replace"))
        self._ends_open = False

    def _rewrite(self) -> None:
        """Write the file anew with the lines that are kept; where that fails, leave it."""
        records = "".join(map(_record, self.lines))
        with suppress(OSError), atomic_write(self._path) as file:
            file.write(records.encode("utf-8", "replace"))
            self._ends_open = False


def _record(line: str) -> str:
    return json.dumps(line, ensure_ascii=False) + "\n"


def _read_end(path: Path) -> bytes:
    """Return the end of the file, as much as is read; nothing where it cannot be."""
    try:
        with path.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _MAX_BYTES, 0))
            return file.read(_MAX_BYTES)
    except OSError:
        return b""


def _parse(record: bytes) -> str:
    """Return the line that a record holds; nothing where it is none."""
    try:
        line = json.loads(record) if len(record) <= 8 * MAX_CHARACTERS else None
    except (ValueError, RecursionError):
        return ""
    return clean(line).strip()[:MAX_CHARACTERS] if isinstance(line, str) else ""
