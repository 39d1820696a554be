"""Saves in a SQLite file of one player: transactions, backups by copying the file."""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import Connection, NullPool, create_engine, event

from dungeon.saves import backups, migration, schema
from dungeon.saves.database import Database, Operation
from dungeon.saves.sqlite_connection import connect, read_schema_version, translate_errors
from dungeon.saves.sqlite_search import SqliteSearchIndex
from dungeon.text import clean_path


class SqliteDatabase(Database):
    """Runs transactions on one saves file."""

    search_index = SqliteSearchIndex()

    def __init__(self, path: Path, *, min_schema: int | None = None) -> None:
        """`min_schema` is the oldest schema to accept (default: the newest one); only read columns
        that it has.
        """
        self.path = self.location = path
        self._min_schema = schema.SCHEMA_VERSION if min_schema is None else min_schema
        engine = create_engine(
            "sqlite://",
            creator=self._connect,
            poolclass=NullPool,
            hide_parameters=True,  # no story text in logs
        )
        event.listen(engine, "begin", _begin)
        super().__init__(
            clean_path(path),
            readers=engine.execution_options(grue_begin="BEGIN"),
            # The write lock is taken at the beginning: a transaction that reads first and writes
            # later fails if another connection does the same.
            writers=engine.execution_options(grue_begin="BEGIN IMMEDIATE"),
        )

    def translate_errors(self, operation: Operation) -> AbstractContextManager[None]:
        """Translate errors of SQLite and the system into sentences for the player."""
        return translate_errors(self.path, operation)

    def create_or_migrate(self) -> bool:
        """Bring the file to the newest schema; return whether it had to be created."""
        return migration.create_or_migrate(self.path)

    def back_up_daily(self) -> tuple[str, ...]:
        """Make today's backup, if there is none; return warnings for the player."""
        return backups.back_up_daily(self.path)

    def back_up_before_delete(self, adventure_id: str) -> None:
        """Copy the whole file."""
        backups.back_up_before(self.path, "delete")

    def back_up(self, to: Path | None = None) -> Path:
        """Copy the whole file to `to`, by default into the folder of backups."""
        return backups.copy(self.path, to or backups.timestamped_path(self.path))

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
