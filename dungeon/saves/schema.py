"""The version of the schema, and the migrations that lead to it, for every kind of database."""

from pathlib import Path

from sqlalchemy import Connection

SCHEMA_VERSION = 12
"""The schema that this version reads and writes: the number of the newest migration."""

MIGRATIONS = Path(__file__).parent / "migrations"
"""Alembic's folder. A revision's name is the number of its schema: 0001, 0002."""


def upgrade(connection: Connection, to: str = "head", **options: str) -> int:
    """Migrate to the revision `to`, in the connection's transaction; return its number.

    `options` go to Alembic's context.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, options=options)
    command.upgrade(config, to)
    return int(ScriptDirectory.from_config(config).get_revision(to).revision)
