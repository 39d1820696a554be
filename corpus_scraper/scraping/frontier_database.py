"""Provides FrontierFile: the SQLite file of a frontier, used by one process at a time.

One transaction is all or nothing, whoever is killed in it. Errors are sentences. Knows nothing of
what the tables mean.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dungeon.errors import GrueError

_APPLICATION_ID = 0x47527565  # "GRue"
_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE steps (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    origin TEXT NOT NULL,
    site TEXT NOT NULL,
    found_on TEXT NOT NULL,
    story INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'done', 'refused', 'postponed', 'capped')),
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX steps_to_take ON steps (state, story, depth, seq);
CREATE TABLE pages (
    key TEXT PRIMARY KEY REFERENCES steps (key),
    url TEXT NOT NULL,
    charset TEXT NOT NULL,
    fetched TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    reader INTEGER NOT NULL,
    place TEXT NOT NULL,
    scene TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pages_of_a_place ON pages (place, scene) WHERE place <> '';
CREATE TABLE hosts (
    origin TEXT PRIMARY KEY,
    not_before REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""

Value = str | int | float | bytes


class FrontierUnusable(GrueError):
    """The file of fetched pages cannot be used; what it holds was left as it was."""


class FrontierDatabase:
    """An open file, taken for this process alone until it is closed."""

    def __init__(self, path: Path, *, trial: bool) -> None:
        """Opens the file at `path`, made if it is missing; a trial is a copy of it in memory.

        Raises FrontierUnusable where another process uses it, or it is something else.
        """
        self.name = str(path)
        with self._explained():
            where = ":memory:" if trial else path
            self._db = sqlite3.connect(where, isolation_level=None, timeout=1)
            try:
                if trial and path.exists():
                    self._copy(path)
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def _copy(self, path: Path) -> None:
        """Take over what stands in the file at `path`, which is only read."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as there:
            there.backup(self._db)

    def _prepare(self) -> None:
        """Take the file for this process; make the tables, or check whose they are."""
        self._db.executescript(
            "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;"
            "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
        )
        self._db.execute("BEGIN EXCLUSIVE")
        if not self.number("SELECT count(*) FROM sqlite_master"):
            for statement in _SCHEMA.split(";\n"):
                self._db.execute(statement)
            self._db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            self._db.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
        marks = self.number("PRAGMA application_id"), self.number("PRAGMA user_version")
        if marks != (_APPLICATION_ID, _SCHEMA_VERSION):
            raise FrontierUnusable(
                f"{self.name} is no file of fetched pages that this version of Grue can read. "
                "Name another with --pages."
            )
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Leave the file to others."""
        self._db.close()

    def rows(self, query: str, *values: Value) -> list[Any]:
        """Return what a query finds, a tuple a row."""
        with self._explained():
            return self._db.execute(query, values).fetchall()

    def number(self, query: str, *values: Value) -> int:
        """Return the one number that a query finds."""
        return int(self.rows(query, *values)[0][0])

    def write(self, statement: str, *values: Value) -> None:
        """Do what a statement says, within a transaction."""
        self._db.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all that is written in the block, or nothing of it."""
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            why = "another scrape is using it" if busy else str(error)
            raise FrontierUnusable(f"{self.name} cannot be used: {why}.") from error
        except sqlite3.DatabaseError as error:
            raise FrontierUnusable(
                f"{self.name} is no file of fetched pages: {error}. Name another with --pages."
            ) from error
