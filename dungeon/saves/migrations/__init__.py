"""Migrations of the saves, run by `dungeon.saves.migration` without an alembic.ini."""
