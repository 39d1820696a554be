"""Create the saves file with the newest schema, or migrate it there."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import NullPool, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError

from dungeon import atomic_file
from dungeon.errors import InputRefused, SavesDamaged
from dungeon.saves import backups
from dungeon.saves.database import (
    APPLICATION_ID,
    SCHEMA,
    connect,
    explained,
    named,
    schema_of,
)
from dungeon.text import clean_line

MIGRATIONS = Path(__file__).parent / "migrations"
"""Alembic's folder. A revision's name is the number of the schema it leads to: 0001, 0002."""


def path_of(where: Path | str) -> Path:
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


def prepare(path: Path) -> bool:
    """Make the file of the saves ready: there, Grue's own, and in the newest schema.

    Returns whether it had to be made.

    Raises SavesError for a file that is a newer Grue's or not Grue's at all, SavesDamaged for one
    that cannot be read, NotSaved where it cannot be made or migrated.
    """
    if not path.exists():
        _create(path)
        return True
    with explained(path, "read"), closing(connect(path)) as connection:
        schema = schema_of(connection, path)
    if schema < SCHEMA:
        backups.before(path, f"schema-{SCHEMA}")
        with explained(path, "write"):
            migrate(path)
    return False


def migrate(path: Path, to: str = "head") -> None:
    """Bring the file at `path` up to the revision `to`, in one transaction.

    It is done in place and not on a copy: another window that has the old file open would go on
    writing to it after the copy had taken its name. Killed halfway, the journal undoes it.
    """
    engine = create_engine("sqlite://", creator=lambda: _unbound(path), poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as connection:
        _upgrade(connection, to)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise SavesDamaged(
                f"{named(path)} could not be brought up to date: {len(broken)} of its rows belong "
                "to nothing. It was left as it is. `grue saves check` names the newest good backup."
            )


def _unbound(path: Path) -> sqlite3.Connection:
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
    """Make a new file under another name first, so that nobody ever meets half of one."""
    part = atomic_file.temporary_path(path)
    with explained(path, "make"):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(connect(part, mode="rwc")) as connection:
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(part)
            atomic_file.commit(part, path)
        except InputRefused:  # another window made it meanwhile, and that one is as good
            pass
        finally:
            part.unlink(missing_ok=True)
