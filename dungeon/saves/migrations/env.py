"""Run the migrations on the connection and in the transaction that Alembic is given."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
