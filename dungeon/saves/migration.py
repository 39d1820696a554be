"""Create the saves file with the newest schema, or migrate it there."""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import NullPool, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError

from dungeon.atomic_file import atomic_path
from dungeon.errors import InputRefused, SavesDamaged
from dungeon.saves import backups
from dungeon.saves.database import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    connect,
    read_schema_version,
    translate_errors,
)
from dungeon.text import clean_line, clean_path

MIGRATIONS = Path(__file__).parent / "migrations"
"""Alembic's folder. A revision's name is the number of its schema: 0001, 0002."""


def resolve_path(where: Path | str) -> Path:
    """Return the file that a path or a `sqlite:///` URL names.

    Raises InputRefused for any other URL.
    """
    if isinstance(where, Path) or "://" not in where:
        return Path(where).expanduser()
    try:
        url = make_url(where)
    except ArgumentError:
        raise InputRefused(f"{clean_line(where)} is no URL of a database.") from None
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise InputRefused(
            f"Saves at {url.get_backend_name()}:// are not there yet. Name a file, or "
            "sqlite:/// and the path of one."
        )
    return Path(url.database).expanduser()


def create_or_migrate(path: Path) -> bool:
    """Bring the saves file to the newest schema; return whether it had to be created.

    Raises SavesError for a file of a newer Grue or one that is not Grue's, SavesDamaged for one
    that cannot be read, NotSaved if it cannot be created or migrated.
    """
    if not path.exists():
        _create(path)
        return True
    with translate_errors(path, "read"), closing(connect(path)) as connection:
        schema = read_schema_version(connection, path)
    if schema < SCHEMA_VERSION:
        backups.back_up_before(path, f"schema-{SCHEMA_VERSION}")
        with translate_errors(path, "write"):
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
        _upgrade(connection, to)
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


def _upgrade(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    reached = ScriptDirectory.from_config(config).get_revision(to)
    connection.exec_driver_sql(f"PRAGMA user_version = {int(reached.revision)}")


def _create(path: Path) -> None:
    """Create the file under a temporary name first, so that it never exists incomplete."""
    with translate_errors(path, "create"), suppress(InputRefused):  # another window created it
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path, overwrite=False) as part:
            with closing(connect(part, mode="rwc")) as connection:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(part)
