"""Check the integrity of saves, and find the newest intact backup of a file."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, exists, func, select, text
from sqlalchemy.exc import DatabaseError

from dungeon.errors import SavesError
from dungeon.saves import backups, mapping
from dungeon.saves.database import Database
from dungeon.saves.location import find_database
from dungeon.saves.sqlite import SqliteDatabase
from dungeon.saves.tables import adventures, turns
from dungeon.text import clean_line
from dungeon.text.counts import count

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

_NOT_INDEXED = text("""
    SELECT count(*) FROM turns
    JOIN adventures ON adventures.id = turns.adventure_id
    LEFT JOIN turns_search ON turns_search.number = turns.number
    WHERE turns_search.number IS NULL AND adventures.player = :player
""")

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

    path: Path | str
    """The file, or a URL without its password."""
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


def check(where: Path | str) -> Report:
    """Check the saves at `where`, which may be damaged so much that they cannot be opened.

    On a server, only the player's own adventures are checked.
    """
    database = find_database(where)
    if not isinstance(database, SqliteDatabase):
        try:
            database.create_or_migrate()
        except SavesError as error:
            database.close()
            return Report(database.name, problems=(str(error),))
        return _check(database, database.name, _Check)
    report = _check_file(database.path)
    if report.good:
        return report
    good = (backup for backup in backups.list_backups(database.path) if _check_file(backup).good)
    return replace(report, good_backup=next(good, None))


def _check_file(path: Path) -> Report:
    # A backup from before a migration counts, too.
    return _check(SqliteDatabase(path, min_schema=1), path, _CheckFile)


def _check(database: Database, path: Path | str, kind: "type[_Check]") -> Report:
    try:
        with database.read_transaction() as connection:
            return kind(connection, database, path).report()
    except SavesError as error:
        return Report(path, problems=(str(error),))
    finally:
        database.close()


class _Check:
    """Checks the saves in several ways; an error in one of them does not stop the others."""

    def __init__(self, connection: Connection, database: Database, path: Path | str) -> None:
        self._connection = connection
        self._database = database
        self._path = path
        self._turns = 0
        self._damaged: list[DamagedTurn] = []

    def report(self) -> Report:
        problems: list[str] = []
        for find_problems in self._checks():
            try:
                with self._database.translate_errors("read"):
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

    def _checks(self) -> tuple[Callable[[], Iterator[str]], ...]:
        return (self._check_hashes, self._check_heads, self._check_index)

    def _own(self, query: Select[Any]) -> Select[Any]:
        """Leave out other players; a file has none, and an old one not even the column."""
        player = self._database.player
        return query.where(adventures.c.player == player) if player else query

    def _check_hashes(self) -> Iterator[str]:
        for row in self._connection.execute(self._own(_ALL_TURNS)):
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
        for row in self._connection.execute(self._own(_DANGLING)):
            yield (
                f"“{clean_line(str(row.title))}” ({clean_line(str(row.id))}) stands at, or "
                "returns to, a turn that does not exist."
            )

    def _check_index(self) -> Iterator[str]:
        values = {"player": self._database.player}
        missing = self._connection.scalar(_NOT_INDEXED, values)
        if missing:
            yield f"The search index lacks {count(missing, 'turn')}."

    def _count_adventures(self) -> int:
        try:
            count = self._own(select(func.count()).select_from(adventures))
            return self._connection.scalar(count) or 0
        except DatabaseError:
            return 0


class _CheckFile(_Check):
    """Checks a SQLite file, its pages and foreign keys too: no server looks after them."""

    def _checks(self) -> tuple[Callable[[], Iterator[str]], ...]:
        return (self._check_pages, self._check_foreign_keys, *super()._checks())

    def _check_pages(self) -> Iterator[str]:
        for (found,) in self._connection.exec_driver_sql("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite finds the file damaged: {clean_line(str(found))}."

    def _check_foreign_keys(self) -> Iterator[str]:
        for row in self._connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield f"Row {row[1]} of the table {clean_line(row[0])} belongs to nothing that exists."

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
