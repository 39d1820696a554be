"""Saves on a PostgreSQL server, shared by several players: connections, schema, errors."""

import getpass
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Text,
    column,
    create_engine,
    event,
    func,
    inspect,
    select,
    table,
)
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from dungeon.errors import InputRefused, SavesError
from dungeon.files import atomic_file
from dungeon.saves import backups, copying, database, migration, schema
from dungeon.saves.database import Database, Failure, Operation
from dungeon.saves.postgresql_search import PostgresSearchIndex
from dungeon.saves.sqlite import SqliteDatabase
from dungeon.saves.sqlite_connection import translate_errors as translate_file_errors
from dungeon.text import clean_line

_VERSION_TABLE = "grue_schema"
"""Alembic's table; its name marks a database as Grue's saves."""

_MIGRATION_LOCK = 0x47525545
"""The advisory lock that lets one process at a time migrate: `GRUE` in ASCII."""

_CONNECT_ARGUMENTS = {
    "application_name": "grue",
    "connect_timeout": "5",
    "tcp_user_timeout": "15000",  # milliseconds until an unreachable server counts as lost
}

_IDLE_TIMEOUT = 5
"""Seconds after which a server ends an idle connection: most players read most of the time, and a
server has 100 connections unless told otherwise."""

_HAS_IDLE_TIMEOUT = 140_000
"""The version of the server from which on it can do so."""

_REASONS = {
    "25006": "the database is read-only",
    "28000": "the server does not let this user in",
    "28P01": "the password is wrong",
    "3D000": "there is no such database on the server",
    "42501": "the user has no right to do this",
    "53100": "the server's disk is full",
    "53300": "the server has too many connections",
    "55P03": "another program has locked the adventure",
    "57P03": "the server is starting or stopping",
}
"""By SQLSTATE."""

_CONNECTION_MESSAGES = {
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    "role": "28000",
    "database": "3D000",
    "permission denied for database": "42501",
    "too many": "53300",
    "the database system is": "57P03",
}
"""A failed connection has no SQLSTATE, only the server's text; what follows FATAL in it."""


class PostgresDatabase(Database):
    """Runs transactions on the adventures of one player."""

    search_index = PostgresSearchIndex()

    def __init__(self, url: URL, backup_folder: Path) -> None:
        """`backup_folder` is on this machine."""
        self.player = player_name()
        self._backup_folder = backup_folder
        self.url = url.set(drivername="postgresql+psycopg")
        self.location = self.url.render_as_string(hide_password=False)
        name = database.hide_password(self.url)
        try:
            engine = create_engine(
                self.url,
                connect_args={k: v for k, v in _CONNECT_ARGUMENTS.items() if k not in url.query},
                pool_size=1,
                pool_pre_ping=True,  # a connection that the server has ended is replaced
                hide_parameters=True,  # no story text in logs
            )
        except (ImportError, NoSuchModuleError):
            raise InputRefused(
                "Saves on PostgreSQL need the package psycopg. Install Grue with its extra "
                "“postgres”: pip install 'grue[postgres]'"
            ) from None
        except (ArgumentError, TypeError, ValueError):
            raise InputRefused(f"{name} is no URL of a database.") from None
        event.listen(engine, "connect", _set_timeouts)
        super().__init__(
            name,
            readers=engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            ),
            # Every transaction locks the row of its adventure first, and then reads what is there
            # now: a snapshot from before the lock would not have another window's turn.
            writers=engine.execution_options(isolation_level="READ COMMITTED"),
        )

    def translate_errors(self, operation: Operation) -> AbstractContextManager[None]:
        """Translate errors of the server and the connection into sentences for the player."""
        return database.translate_errors(self.name, operation, self._explain)

    @contextmanager
    def write_transaction(self, operation: Operation = "change") -> Iterator[Connection]:
        """Yield a connection as for any database; a window of an older Grue writes nothing."""
        with super().write_transaction(operation) as connection:
            version = _stored_version(connection)
            if version > schema.SCHEMA_VERSION:
                raise database.newer_schema(self.name, version)
            yield connection

    def create_or_migrate(self) -> bool:
        """Bring the database to the newest schema; return whether there were no tables yet."""
        with self.read_transaction() as connection:
            version = self._read_version(connection)
        if version == schema.SCHEMA_VERSION:
            return False
        operation: Operation = "migrate" if version else "create"
        with self.translate_errors(operation), self._writers.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            if self._read_version(connection) < schema.SCHEMA_VERSION:
                schema.upgrade(connection, version_table=_VERSION_TABLE)  # all of it or nothing
        return version == 0

    def back_up_daily(self) -> tuple[str, ...]:
        """Do nothing: a server has backups of its own, which hold every player."""
        return ()

    def back_up_before_delete(self, adventure_id: str) -> None:
        """Copy the adventure to a file of its own."""
        self._copy_to_file(self._new_path("before-delete"), [adventure_id])

    def back_up(self, to: Path | None = None) -> Path:
        """Copy every adventure of the player to a SQLite file."""
        return self._copy_to_file(to or self._new_path(""), copying.ids(self))

    def _new_path(self, reason: str) -> Path:
        return self._backup_folder / backups.timestamped_name("postgresql", reason)

    def _copy_to_file(self, to: Path, ids: Sequence[str]) -> Path:
        with translate_file_errors(to, "copy"):
            to.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file.atomic_path(to, overwrite=False) as part:
                migration.create_or_migrate(part)
                with closing(SqliteDatabase(part)) as file:
                    for adventure_id in ids:
                        copying.copy_adventure(self, file, adventure_id, damaged_too=True)
        return to

    def _read_version(self, connection: Connection) -> int:
        """Return the number of the schema, or 0 if there are no tables yet."""
        tables = inspect(connection).get_table_names()
        if _VERSION_TABLE in tables:
            version = _stored_version(connection)
            if version > schema.SCHEMA_VERSION:
                raise database.newer_schema(self.name, version)
            return version
        if {"adventures", "turns", "drafts", "revisions"} & {*tables}:
            raise SavesError(
                f"{self.name} has tables named like those of Grue's saves that are not Grue's. It "
                "was left as it is. Name another database with GRUE_DATABASE_URL."
            )
        return 0

    def _explain(self, cause: BaseException) -> Failure:
        state = getattr(cause, "sqlstate", None) or ""
        message = clean_line(str(cause).strip().split("\n")[0])
        if not state and "FATAL:" in message:
            said = message.rsplit("FATAL:", 1)[1].strip()
            states = (s for start, s in _CONNECTION_MESSAGES.items() if said.startswith(start))
            state = next(states, "")
        if reason := _REASONS.get(state):
            return Failure(reason)
        if not state or state.startswith(("08", "57P")):
            return Failure(f"the server cannot be reached ({self._without_password(message)})")
        return Failure(self._without_password(message))

    def _without_password(self, message: str) -> str:
        for secret in (self.url.password, self.url.query.get("password")):
            message = message.replace(secret, "***") if isinstance(secret, str) else message
        return message


def _stored_version(connection: Connection) -> int:
    query = select(column("version_num", Text)).select_from(table(_VERSION_TABLE))
    return int(connection.scalar(query) or 0)


def _set_timeouts(connection: Any, _: object) -> None:
    """Wait for another transaction as long as with a file, and keep no idle connection for long."""
    connection.execute(f"SET lock_timeout = {int(1000 * database.LOCK_TIMEOUT)}")
    if connection.info.server_version >= _HAS_IDLE_TIMEOUT:
        connection.execute(f"SET idle_session_timeout = {1000 * _IDLE_TIMEOUT}")
    connection.commit()


def player_name() -> str:
    """Return whose adventures are meant: `GRUE_PLAYER`, else the name of the system's user."""
    named = clean_line(os.environ.get("GRUE_PLAYER", "")).strip()
    if named:
        return named
    try:
        return clean_line(getpass.getuser())
    except (OSError, KeyError):  # a container's user may have no name
        raise InputRefused(
            "Saves on PostgreSQL are kept by player, and this user has no name. Set GRUE_PLAYER."
        ) from None
