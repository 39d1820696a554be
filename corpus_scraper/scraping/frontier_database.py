"""The SQLite file of a frontier: its schema, its transactions, and a lock for one process.

SQLAlchemy would add nothing: there are three tables and no objects to map.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from dungeon.errors import GrueError

_APPLICATION_ID = 0x47527565  # "GRue"
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE requests (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    origin TEXT NOT NULL,
    site TEXT NOT NULL,
    parent TEXT NOT NULL,
    story INTEGER NOT NULL,
    depth INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending'
        CHECK (state IN ('pending', 'done', 'refused', 'postponed', 'capped')),
    reason TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX queue ON requests (state, story, depth, seq);
CREATE TABLE pages (
    key TEXT PRIMARY KEY REFERENCES requests (key),
    url TEXT NOT NULL,
    charset TEXT NOT NULL,
    fetched TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    parser_version INTEGER NOT NULL,
    page_id TEXT NOT NULL,
    state_id TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX states_of_a_page ON pages (page_id, state_id) WHERE page_id <> '';
CREATE TABLE hosts (
    origin TEXT PRIMARY KEY,
    not_before REAL NOT NULL
) STRICT, WITHOUT ROWID;
"""

Value = str | int | float | bytes


class FrontierUnusable(GrueError):
    """The file of fetched pages cannot be used; it was not changed."""


class FrontierDatabase:
    """An open file, locked for this process until it is closed."""

    def __init__(self, path: Path, *, in_memory: bool) -> None:
        """Open the file at `path`, creating it if it is missing, or a copy of it in memory.

        Raises FrontierUnusable where another process uses the file, or it is no frontier.
        """
        self.name = str(path)
        with self._explain_errors():
            where = ":memory:" if in_memory else path
            self._db = sqlite3.connect(where, isolation_level=None, timeout=1)
            try:
                if in_memory and path.exists():
                    self._copy(path)
                self._lock_and_check()
            except BaseException:
                self._db.close()
                raise

    def _copy(self, path: Path) -> None:
        """Copy the file at `path`, which is only read."""
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
            file.backup(self._db)

    def _lock_and_check(self) -> None:
        """Lock the file for this process; create the tables, or check that they are ours."""
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
        found = self.number("PRAGMA application_id"), self.number("PRAGMA user_version")
        if found != (_APPLICATION_ID, _SCHEMA_VERSION):
            raise FrontierUnusable(
                f"{self.name} is not a file of fetched pages that this version of Grue can read. "
                "Name another file with --pages."
            )
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Close and unlock the file."""
        self._db.close()

    def rows(self, query: str, *values: Value) -> list[Any]:
        """Return the rows of a query, each a tuple."""
        with self._explain_errors():
            return self._db.execute(query, values).fetchall()

    def number(self, query: str, *values: Value) -> int:
        """Return the number that a query returns."""
        return int(self.rows(query, *values)[0][0])

    def write(self, statement: str, *values: Value) -> None:
        """Execute a statement, within a transaction."""
        self._db.execute(statement, values)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything written in the block, or roll it back."""
        with self._explain_errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explain_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            why = "another scrape is using it" if busy else str(error)
            raise FrontierUnusable(f"{self.name} cannot be used: {why}.") from error
        except sqlite3.DatabaseError as error:
            raise FrontierUnusable(
                f"{self.name} is not a file of fetched pages: {error}. "
                "Name another file with --pages."
            ) from error
