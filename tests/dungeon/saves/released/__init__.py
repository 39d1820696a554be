"""Provides the rows that each released schema held, as SQL, and the way to write them down once.

When a migration is added, keep what is here and write the new schema's rows beside it, once:

    python -m tests.dungeon.saves.released > tests/dungeon/saves/released/0002.sql
"""

from pathlib import Path


def rows(revision: str) -> str:
    """Return the SQL that fills an empty file of schema `revision`."""
    return (Path(__file__).parent / f"{revision}.sql").read_text(encoding="utf-8")
