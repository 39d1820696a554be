"""Provides what Alembic runs: the migrations, on the connection and in the transaction it is given.

Knows nothing of files, versions or backups; `dungeon.saves.schema` does.
"""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
