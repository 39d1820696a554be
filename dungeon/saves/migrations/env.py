"""Run the migrations on the connection and in the transaction that Alembic is given."""

from alembic import context

attributes = context.config.attributes
context.configure(connection=attributes["connection"], **attributes["options"])
context.run_migrations()
