"""Check the integrity of a saves file, and find its newest intact backup."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Column, ColumnElement, Connection, exists, func, select
from sqlalchemy.exc import DatabaseError

from dungeon.errors import SavesError
from dungeon.saves import backups, mapping
from dungeon.saves.database import Database, translate_errors
from dungeon.saves.tables import adventures, turns
from dungeon.text import clean_line

_ALL_TURNS = (
    select(*(turns.c[name] for name in mapping.HASHED), turns.c.sha256, turns.c.adventure_id)
    .add_columns(adventures.c.title)
    .select_from(turns.outerjoin(adventures, adventures.c.id == turns.c.adventure_id))
    .order_by(turns.c.number)
)
"""Only columns that every schema has: backups of older ones are checked as well."""


def _is_dangling(column: Column[str]) -> ColumnElement[bool]:
    turn = exists().where(turns.c.adventure_id == adventures.c.id, turns.c.id == column)
    return column.is_not(None) & ~turn


_DANGLING = select(adventures.c.id, adventures.c.title).where(
    _is_dangling(adventures.c.head) | _is_dangling(adventures.c.tip)
)

_CHECK_INDEX = "INSERT INTO turns_search(turns_search, rank) VALUES ('integrity-check', 1)"


@dataclass(frozen=True, slots=True)
class DamagedTurn:
    """A turn that is not what was written."""

    adventure_id: str
    title: str
    """The adventure's title."""
    turn_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result of an integrity check."""

    path: Path
    adventures: int = 0
    turns: int = 0
    problems: tuple[str, ...] = ()
    """Sentences, one for each damaged turn among them."""
    damaged: tuple[DamagedTurn, ...] = ()
    good_backup: Path | None = None
    """The newest intact backup; only searched for if there are problems."""

    @property
    def good(self) -> bool:
        """Whether there are no problems."""
        return not self.problems


def check(path: Path) -> Report:
    """Check the saves at `path`, which may be damaged so much that they cannot be opened."""
    report = _check_file(path)
    if report.good:
        return report
    good = (backup for backup in backups.list_backups(path) if _check_file(backup).good)
    return replace(report, good_backup=next(good, None))


def _check_file(path: Path) -> Report:
    database = Database(path, min_schema=1)  # a backup from before a migration counts, too
    try:
        with database.read_transaction() as connection:
            return _Check(connection, path).report()
    except SavesError as error:
        return Report(path, problems=(str(error),))
    finally:
        database.close()


class _Check:
    """Checks one file in several ways; an error in one of them does not stop the others."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._turns = 0
        self._damaged: list[DamagedTurn] = []

    def report(self) -> Report:
        problems: list[str] = []
        for find_problems in (
            self._check_pages,
            self._check_foreign_keys,
            self._check_hashes,
            self._check_heads,
            self._check_index,
        ):
            try:
                with translate_errors(self._path, "read"):
                    problems.extend(find_problems())
            except SavesError as error:
                problems.append(str(error))
        return Report(
            path=self._path,
            adventures=self._count_adventures(),
            turns=self._turns,
            problems=tuple(dict.fromkeys(problems)),
            damaged=tuple(self._damaged),
        )

    def _check_pages(self) -> Iterator[str]:
        for (found,) in self._connection.exec_driver_sql("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite finds the file damaged: {clean_line(str(found))}."

    def _check_foreign_keys(self) -> Iterator[str]:
        for row in self._connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"Row {row[1]} of the table {clean_line(row[0])} belongs to nothing that exists."

    def _check_hashes(self) -> Iterator[str]:
        for row in self._connection.execute(_ALL_TURNS):
            self._turns += 1
            if mapping.turn_from(row) is None:
                turn = DamagedTurn(
                    *(clean_line(str(part)) for part in (row.adventure_id, row.title, row.id))
                )
                self._damaged.append(turn)
                yield (
                    f"Turn {turn.turn_id} of “{turn.title}” ({turn.adventure_id}) "
                    "is not what Grue wrote."
                )

    def _check_heads(self) -> Iterator[str]:
        for row in self._connection.execute(_DANGLING):
            yield (
                f"“{clean_line(str(row.title))}” ({clean_line(str(row.id))}) stands at, or "
                "returns to, a turn that does not exist."
            )

    def _check_index(self) -> Iterator[str]:
        """Compare the search index with the turns, unless a damaged turn explains a difference.

        SQLite treats the check as a write, so the index of a read-only file is not checked.
        """
        if self._damaged:
            return
        try:
            self._connection.exec_driver_sql(_CHECK_INDEX)
        except DatabaseError as error:
            if not isinstance(error.orig, sqlite3.OperationalError):
                yield "The search index does not fit the turns; searching may miss some of them."

    def _count_adventures(self) -> int:
        try:
            return self._connection.scalar(select(func.count()).select_from(adventures)) or 0
        except DatabaseError:
            return 0
