"""Migrations of the saves, run by `dungeon.saves.schema` without an alembic.ini."""
