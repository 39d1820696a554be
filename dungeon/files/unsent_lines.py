"""What the player had typed and not sent in each adventure: a JSON file, the newest last.

It is a convenience: where it cannot be read or written, nothing else fails. What breaks the content
rule is not stored.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dungeon.files.atomic_file import atomic_write
from dungeon.text import clean, safety

MAX_ADVENTURES = 100
"""Adventures whose line is kept; the oldest go first."""

MAX_CHARACTERS = 8_000
"""Characters of a line that is kept: as many as one turn may have."""

_MAX_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class UnsentLine:
    """A line that was being typed."""

    text: str
    mode: str = ""
    """The mode of the prompt, as `Kind` calls it."""


class UnsentLines:
    """The lines by the ids of their adventures. The file is read again each time."""

    def __init__(self, path: Path) -> None:
        """`path` is the file; it need not exist."""
        self._path = path

    def keep(self, adventure_id: str, line: UnsentLine) -> None:
        """Keep what was typed in an adventure, in place of what was kept of it before."""
        text = line.text.strip()
        is_kept = bool(text) and len(text) <= MAX_CHARACTERS and not safety.violates(text)

        def change(lines: dict[str, list[str]]) -> None:
            lines.pop(adventure_id, None)
            if is_kept:
                lines[adventure_id] = [text, line.mode]

        self._change(change)

    def take(self, adventure_id: str) -> UnsentLine | None:
        """Return what was kept of an adventure, if anything, and keep it no more."""
        found = self._read().get(adventure_id)
        if found is None:
            return None
        self._change(lambda lines: lines.pop(adventure_id, None))
        return UnsentLine(*found)

    def _change(self, change: Callable[[dict[str, list[str]]], object]) -> None:
        before = self._read()
        after = dict(before)
        change(after)
        if after == before:
            return
        newest = dict(list(after.items())[-MAX_ADVENTURES:])
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._path) as file:
                file.write(json.dumps(newest, ensure_ascii=False).encode("utf-8", "replace"))

    def _read(self) -> dict[str, list[str]]:
        """Return what the file holds; nothing of what is no line."""
        try:
            with self._path.open("rb") as file:
                found = json.loads(file.read(_MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            return {}
        pairs = found.items() if isinstance(found, dict) else ()
        return {name: line for name, each in pairs if (line := _parse(each))}


def _parse(found: object) -> list[str]:
    match found:
        case [str(text), str(mode)] if text:
            return [clean(text).strip()[:MAX_CHARACTERS], mode]
    return []
