"""Connections, transactions and error messages for the saves' SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError

from dungeon.errors import NotSaved, SavesDamaged, SavesError
from dungeon.text import clean_line

APPLICATION_ID = 0x47525545
"""`GRUE` in ASCII, in the file's header: what says that a SQLite file is one of Grue's saves."""

SCHEMA = 1
"""The schema this version reads and writes: the number of the newest migration."""

PATIENCE = 5.0
"""Seconds to wait for another window's transaction to end."""

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",  # a stranger's file runs no functions of its own
    "PRAGMA synchronous = EXTRA",  # with the rollback journal: committed is on the disk
)

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_PERM: "the file or its folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "the file, or one beside it, cannot be opened or made",
    sqlite3.SQLITE_BUSY: "another program has locked the file",
    sqlite3.SQLITE_LOCKED: "another program has locked the file",
    sqlite3.SQLITE_IOERR: "the disk refused to read or write",
}

Task = Literal["read", "write", "make", "copy"]
"""What failed, for the sentence that says so."""

_forgiving = partial(str, encoding="utf-8", errors="replace")
"""Decodes text of which a bit has flipped, so that one bad turn does not hide the others."""


def named(path: Path) -> str:
    """Return `path` fit to be shown."""
    return clean_line(str(path))


def connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection set up as the saves want it. `mode` is SQLite's: rw, ro, or rwc."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    connection.text_factory = _forgiving
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def schema_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of the file's schema.

    Raises SavesError where the file is not Grue's or is a newer Grue's, SavesDamaged where it is
    empty. Nothing is written.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if path.stat().st_size == 0:
        raise SavesDamaged(
            f"{named(path)} is empty, which saves never are. It was left as it is. Move it away "
            "and put the newest file of the folder “backups” in its place, or begin anew."
        )
    if application_id != APPLICATION_ID:
        raise SavesError(
            f"{named(path)} is a database, but not of Grue's saves. It was left as it is. Name "
            "another folder with --data-dir or GRUE_HOME."
        )
    if schema > SCHEMA:
        raise SavesError(
            f"{named(path)} was written by a newer Grue (schema {schema}; this one knows "
            f"{SCHEMA}). It was left as it is. Install the newer Grue again."
        )
    return int(schema)


class Database:
    """One file of saves, ready for transactions."""

    def __init__(self, path: Path, *, oldest: int = SCHEMA) -> None:
        self.path = path
        self._oldest = oldest
        """The oldest schema that may be read; whoever lowers it knows what an old one lacks."""
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=NullPool,
            hide_parameters=True,  # an error in a log quotes nobody's story
        )
        event.listen(engine, "begin", _begin)
        self._readers = engine.execution_options(grue_begin="BEGIN")
        self._writers = engine.execution_options(grue_begin="BEGIN IMMEDIATE")

    def close(self) -> None:
        """Let the file go."""
        self._readers.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Lend a connection that sees one moment of the file.

        Raises SavesError, or SavesDamaged, in a sentence.
        """
        with explained(self.path, "read"), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Lend a connection whose work is on the disk when the block ends, or has left no trace.

        It writes from the first: a transaction that reads first and writes later fails where
        another window does the same. Raises NotSaved in a sentence.
        """
        try:
            with explained(self.path, "write"), self._writers.begin() as connection:
                yield connection
        except NotSaved:
            raise
        except SavesError as error:  # the file is another one than it was
            raise NotSaved(f"Not saved. {error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self.path)
        try:
            self._verify(schema_of(connection, self.path))
        except BaseException:
            connection.close()
            raise
        return connection

    def _verify(self, schema: int) -> None:
        if schema < self._oldest:
            raise SavesError(f"{named(self.path)} was replaced by an older one. Start Grue again.")


def _begin(connection: Connection) -> None:
    """Begin by hand: Python's sqlite3 would begin only before the first write."""
    connection.exec_driver_sql(connection.get_execution_options()["grue_begin"])


@contextmanager
def explained(path: Path, task: Task) -> Iterator[None]:
    """Turn what SQLite or the system says within the block into a sentence for the player.

    Raises NotSaved for every failure to write or copy; SavesDamaged or SavesError for one to read.
    """
    try:
        yield
    except DBAPIError as error:
        raise _sentence(path, task, error.orig or error) from error
    except (sqlite3.Error, OSError) as error:
        raise _sentence(path, task, error) from error
    except UnicodeEncodeError as error:  # a lone surrogate that no gate has dropped
        raise NotSaved("Not saved: the text holds characters that no file can hold.") from error


def _sentence(path: Path, task: Task, cause: BaseException) -> SavesError:
    reason, damaged = _reason(path, task, cause)
    match task:
        case "write":
            return NotSaved(
                f"Not saved: {reason} ({named(path)}). What is on the screen stays there, and is "
                "saved with the next try."
            )
        case "make":
            return NotSaved(
                f"{named(path)} cannot be made: {reason}. Choose another folder with --data-dir."
            )
        case "copy":
            return NotSaved(f"No copy was made: {reason} ({named(path)}).")
        case "read" if damaged:
            return SavesDamaged(f"{named(path)} cannot be read: {reason}. It was left as it is.")
        case "read":
            return SavesError(f"{named(path)} cannot be read: {reason}.")


def _reason(path: Path, task: Task, cause: BaseException) -> tuple[str, bool]:
    """Return why it failed, to stand within a sentence, and whether the file is damaged."""
    code: int = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest of it is detail
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            f"the file is damaged ({cause}; `grue saves check` names the newest good backup)",
            True,
        )
    if code == sqlite3.SQLITE_CANTOPEN and not path.exists():
        reason = "its folder takes no new file" if task == "make" else "the file is gone"
        return reason, False
    reason = _REASONS.get(code) or getattr(cause, "strerror", None) or str(cause)
    return clean_line(reason), False
