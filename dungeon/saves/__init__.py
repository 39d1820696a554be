"""Provides the saves: every adventure and every turn of every branch, in one SQLite file.

`dungeon.saves.library.Library` is the door. This package alone knows SQLAlchemy and Alembic, and
knows nothing of models, screens or the command line. Importing it loads neither of them.
"""
