"""Damage saves, as a disk or another program may."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend a connection that may change what is never changed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER IF EXISTS turns_never_change")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        yield connection
