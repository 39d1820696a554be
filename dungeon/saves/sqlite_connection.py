"""Connections to a SQLite file of saves, and the reasons of its errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from dungeon.errors import SavesDamaged, SavesError
from dungeon.saves import database, schema
from dungeon.saves.database import Failure, Operation
from dungeon.text import clean_line, clean_path

APPLICATION_ID = 0x47525545
"""`GRUE` in ASCII, in the file's header: marks a SQLite file as Grue's saves."""

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

_decode = partial(str, encoding="utf-8", errors="replace")
"""Decodes text with flipped bits too, so that one damaged turn does not hide the others."""


def connect(path: Path, *, mode: str = "rw") -> sqlite3.Connection:
    """Return a connection with the pragmas of the saves. `mode` is SQLite's: rw, ro, or rwc."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=database.LOCK_TIMEOUT, isolation_level=None)
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
    (version,) = connection.execute("PRAGMA user_version").fetchone()
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
    if version > schema.SCHEMA_VERSION:
        raise database.newer_schema(clean_path(path), version)
    if version < min_schema:
        raise SavesError(f"{clean_path(path)} was replaced by an older one. Start Grue again.")
    return int(version)


@contextmanager
def translate_errors(path: Path, operation: Operation) -> Iterator[None]:
    """Translate errors of SQLite and the system into sentences for the player.

    Raises NotSaved if writing or copying fails, SavesDamaged or SavesError if reading fails.
    """

    def explain(cause: BaseException) -> Failure:
        return _explain(path, operation, cause)

    with database.translate_errors(clean_path(path), operation, explain, (sqlite3.Error, OSError)):
        yield


def _explain(path: Path, operation: Operation, cause: BaseException) -> Failure:
    code: int = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the higher bits are details
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        clause = f"the file is damaged ({cause}; `grue saves check` names the newest good backup)"
        return Failure(clause, damaged=True)
    if code == sqlite3.SQLITE_CANTOPEN and not path.exists():
        creating = operation == "create"
        return Failure("its folder takes no new file" if creating else "the file is gone")
    reason = _REASONS.get(code) or getattr(cause, "strerror", None) or str(cause)
    return Failure(clean_line(reason))
