"""Find the database that a path or a URL names."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.saves.database import Database, hide_password
from dungeon.saves.sqlite import SqliteDatabase
from dungeon.text import clean_path

_POSTGRESQL = {"postgres", "postgresql"}


def display_name(where: Path | str) -> str:
    """Return what to call the database in a message: a path, or a URL without its password."""
    if isinstance(where, Path) or "://" not in where:
        return clean_path(Path(where))
    try:
        return hide_password(make_url(where))
    except (ArgumentError, ValueError):
        return "GRUE_DATABASE_URL"


def find_database(where: Path | str, backup_folder: Path | None = None) -> Database:
    """Return the database at `where`: a path, or a URL of SQLite or PostgreSQL. Opens nothing.

    `backup_folder` is for backups of a database on a server; a file's are beside it. Raises
    InputRefused for any other URL.
    """
    if isinstance(where, Path) or "://" not in where:
        return SqliteDatabase(Path(where).expanduser())
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):  # the message would repeat a password
        raise InputRefused("This is no URL of a database: " + _EXPECTED) from None
    backend = url.drivername.partition("+")[0]
    if backend in _POSTGRESQL:
        from dungeon.saves.postgresql import PostgresDatabase

        return PostgresDatabase(url, backup_folder or Home.find().root / "backups")
    if backend != "sqlite" or not url.database or url.database == ":memory:":
        raise InputRefused(f"Saves at {backend}:// are not supported: {_EXPECTED}")
    return SqliteDatabase(Path(url.database).expanduser())


_EXPECTED = (
    "name a file, sqlite:/// and the path of one, or postgresql://USER@HOST/DATABASE "
    "(special characters of a password as %XX)."
)
