"""Create the saves file with the newest schema, or migrate it there."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import NullPool, create_engine, event

from dungeon.errors import InputRefused, NotSaved, SavesDamaged
from dungeon.files.atomic_file import atomic_path
from dungeon.saves import backups, schema
from dungeon.saves.sqlite_connection import (
    APPLICATION_ID,
    connect,
    read_schema_version,
    translate_errors,
)
from dungeon.text import clean_path


def create_or_migrate(path: Path) -> bool:
    """Bring the saves file to the newest schema; return whether it had to be created.

    Raises SavesError for a file of a newer Grue or one that is not Grue's, SavesDamaged for one
    that cannot be read, NotSaved if it cannot be created or migrated.
    """
    if not path.exists():
        _create(path)
        return True
    with translate_errors(path, "read"), closing(connect(path)) as connection:
        version = read_schema_version(connection, path)
    if version < schema.SCHEMA_VERSION:
        try:
            backups.back_up_before(path, f"schema-{schema.SCHEMA_VERSION}")
        except NotSaved as error:
            raise NotSaved(f"{clean_path(path)} was not brought up to date. {error}") from error
        with translate_errors(path, "migrate"):
            migrate(path)
    return False


def migrate(path: Path, to: str = "head") -> None:
    """Migrate the file at `path` to the revision `to`, in one transaction.

    In place and not on a copy: another window that has the old file open would keep writing to it
    after the copy had taken its name. If the process is killed, the journal rolls back.
    """
    engine = create_engine(
        "sqlite://", creator=lambda: _connect_unchecked(path), poolclass=NullPool
    )
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        reached = schema.upgrade(connection, to)
        connection.exec_driver_sql(f"PRAGMA user_version = {reached}")
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise SavesDamaged(
                f"{clean_path(path)} could not be brought up to date: {len(broken)} of its rows "
                "belong to nothing. It was left as it is. `grue saves check` names the newest good "
                "backup."
            )


def _connect_unchecked(path: Path) -> sqlite3.Connection:
    """Connect without foreign keys: with them, a table that Alembic rebuilds loses its children."""
    connection = connect(path)
    connection.execute("PRAGMA foreign_keys = OFF")
    return connection


def _create(path: Path) -> None:
    """Create the file under a temporary name first, so that it never exists incomplete."""
    with translate_errors(path, "create"), suppress(InputRefused):  # another window created it
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path, overwrite=False) as part:
            with closing(connect(part, mode="rwc")) as connection:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(part)
