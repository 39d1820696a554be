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
from dungeon.text import clean_line, clean_path

APPLICATION_ID = 0x47525545
"""`GRUE` in ASCII, in the file's header: marks a SQLite file as Grue's saves."""

SCHEMA_VERSION = 4
"""The schema that this version reads and writes: the number of the newest migration."""

BUSY_TIMEOUT = 5.0
"""Seconds to wait for another connection's transaction to end."""

_PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",  # an untrusted file runs no functions of its own
    "PRAGMA synchronous = EXTRA",  # with the rollback journal: a commit is on the disk
)

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the file or its folder is read-only",
    sqlite3.SQLITE_PERM: "the file or its folder is read-only",
    sqlite3.SQLITE_CANTOPEN: "the file, or one beside it, cannot be opened or created",
    sqlite3.SQLITE_BUSY: "another program has locked the file",
    sqlite3.SQLITE_LOCKED: "another program has locked the file",
    sqlite3.SQLITE_IOERR: "the disk refused to read or write",
}

Operation = Literal["read", "write", "create", "copy"]
"""What failed, for the error message."""

_decode = partial(str, encoding="utf-8", errors="replace")
"""Decodes text with flipped bits too, so that one damaged turn does not hide the others."""


def connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection with the pragmas of the saves. `mode` is SQLite's: rw, ro, or rwc."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
    connection.text_factory = _decode
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def read_schema_version(connection: sqlite3.Connection, path: Path, *, min_schema: int = 0) -> int:
    """Return the number of the file's schema; writes nothing.

    Raises SavesError if the file is not Grue's, if it was written by a newer Grue, or if its schema
    is older than `min_schema`; SavesDamaged if it is empty.
    """
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    if path.stat().st_size == 0:
        raise SavesDamaged(
            f"{clean_path(path)} is empty, which saves never are. It was left as it is. Move it "
            "away and put the newest file of the folder “backups” in its place, or begin anew."
        )
    if application_id != APPLICATION_ID:
        raise SavesError(
            f"{clean_path(path)} is a database, but not of Grue's saves. It was left as it is. "
            "Name another folder with --data-dir or GRUE_HOME."
        )
    if schema > SCHEMA_VERSION:
        raise SavesError(
            f"{clean_path(path)} was written by a newer Grue (schema {schema}; this one knows "
            f"{SCHEMA_VERSION}). It was left as it is. Install the newer Grue again."
        )
    if schema < min_schema:
        raise SavesError(f"{clean_path(path)} was replaced by an older one. Start Grue again.")
    return int(schema)


class Database:
    """Runs transactions on one saves file."""

    def __init__(self, path: Path, *, min_schema: int = SCHEMA_VERSION) -> None:
        """`min_schema` is the oldest schema to accept; only read columns that it has."""
        self.path = path
        self._min_schema = min_schema
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=NullPool,
            hide_parameters=True,  # no story text in logs
        )
        event.listen(engine, "begin", _begin)
        self._readers = engine.execution_options(grue_begin="BEGIN")
        self._writers = engine.execution_options(grue_begin="BEGIN IMMEDIATE")

    def close(self) -> None:
        """Close the file."""
        self._readers.dispose()

    @contextmanager
    def read_transaction(self) -> Iterator[Connection]:
        """Yield a connection that sees one snapshot of the file.

        Raises SavesError or SavesDamaged.
        """
        with translate_errors(self.path, "read"), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write_transaction(self) -> Iterator[Connection]:
        """Yield a connection that commits when the block ends, or rolls back when it raises.

        It takes the write lock at the beginning: a transaction that reads first and writes later
        fails if another connection does the same. Raises NotSaved.
        """
        try:
            with translate_errors(self.path, "write"), self._writers.begin() as connection:
                yield connection
        except NotSaved:
            raise
        except SavesError as error:  # the file was replaced
            raise NotSaved(f"Not saved. {error}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = connect(self.path)
        try:
            read_schema_version(connection, self.path, min_schema=self._min_schema)
        except BaseException:
            connection.close()
            raise
        return connection


def _begin(connection: Connection) -> None:
    """Begin explicitly: Python's sqlite3 would begin only before the first write."""
    connection.exec_driver_sql(connection.get_execution_options()["grue_begin"])


@contextmanager
def translate_errors(path: Path, operation: Operation) -> Iterator[None]:
    """Translate errors of SQLite and the system into sentences for the player.

    Raises NotSaved if writing or copying fails, SavesDamaged or SavesError if reading fails.
    """
    try:
        yield
    except DBAPIError as error:
        raise _translate(path, operation, error.orig or error) from error
    except (sqlite3.Error, OSError) as error:
        raise _translate(path, operation, error) from error
    except UnicodeEncodeError as error:  # a lone surrogate that was not cleaned
        raise NotSaved("Not saved: the text holds characters that no file can hold.") from error


def _translate(path: Path, operation: Operation, cause: BaseException) -> SavesError:
    reason, damaged = _reason(path, operation, cause)
    match operation:
        case "write":
            return NotSaved(
                f"Not saved: {reason} ({clean_path(path)}). What is on the screen stays there, "
                "and is saved with the next try."
            )
        case "create":
            return NotSaved(
                f"{clean_path(path)} cannot be created: {reason}. Choose another folder with "
                "--data-dir."
            )
        case "copy":
            return NotSaved(f"No copy was made: {reason} ({clean_path(path)}).")
        case "read" if damaged:
            return SavesDamaged(
                f"{clean_path(path)} cannot be read: {reason}. It was left as it is."
            )
        case "read":
            return SavesError(f"{clean_path(path)} cannot be read: {reason}.")


def _reason(path: Path, operation: Operation, cause: BaseException) -> tuple[str, bool]:
    """Return why it failed, as a clause, and whether the file is damaged."""
    code: int = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the higher bits are details
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            f"the file is damaged ({cause}; `grue saves check` names the newest good backup)",
            True,
        )
    if code == sqlite3.SQLITE_CANTOPEN and not path.exists():
        reason = "its folder takes no new file" if operation == "create" else "the file is gone"
        return reason, False
    reason = _REASONS.get(code) or getattr(cause, "strerror", None) or str(cause)
    return clean_line(reason), False
