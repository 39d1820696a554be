"""Collect the rows of a data file that cannot be read, so that all the others are.

Neighbours that are refused for one reason are one sentence: a file may have a million of them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from corpus_scraper.formats.story_file import MAX_SENTENCES, Unreadable
from dungeon.data_files.first_row import without_path
from dungeon.errors import GrueError
from dungeon.text.counts import count


@dataclass(slots=True)
class _Run:
    """Rows one after another that are refused for the same reason."""

    error: GrueError
    """That of the first."""
    reason: str
    """Without the number of the row."""
    first: int
    last: int


class RowRefusals:
    """The refusals of one file; false where there is none."""

    def __init__(self, file: Path, place: str) -> None:
        """`place` is what messages call the file."""
        self._file = file
        self.place = place
        self._runs: list[_Run] = []
        self._others = 0
        self._rest: GrueError | None = None

    def __bool__(self) -> bool:
        return bool(self._runs) or self._rest is not None

    def add(self, number: int, error: GrueError) -> None:
        """Refuse the row called `number`."""
        # Whole numbers only: row 4 may be line 14 or 4,014 of a table.
        whole = rf"(?<!\d)(?<!\d,){number:,}(?!,?\d)"
        reason = re.sub(whole, "", without_path(error, self._file), count=1)
        if self._runs and (run := self._runs[-1]).last + 1 == number and run.reason == reason:
            run.last = number
        elif len(self._runs) < MAX_SENTENCES:
            self._runs.append(_Run(error, reason, number, number))
        else:
            self._others += 1

    def add_rest(self, error: GrueError) -> None:
        """Refuse all that follows the rows read so far."""
        self._rest = error

    def all(self) -> list[Unreadable]:
        """Return an error for each row or run of rows, in their order."""
        found = [self._unreadable(run.error, _same_reason(run)) for run in self._runs]
        if self._others:
            rest = f"{count(self._others, 'further row')} cannot be read."
            found.append(Unreadable(self.place, rest))
        if self._rest:
            found.append(self._unreadable(self._rest))
        return found

    def _unreadable(self, error: GrueError, further: str = "") -> Unreadable:
        if isinstance(error, Unreadable):
            return error
        return Unreadable(self.place, without_path(error, self._file) + further)


def _same_reason(run: _Run) -> str:
    noun = run.reason.partition(" ")[0]  # line or row
    match run.last - run.first:
        case 0:
            return ""
        case 1:
            return f" The same holds for {noun} {run.last:,}."
        case _:
            return f" The same holds for {noun}s {run.first + 1:,} to {run.last:,}."
