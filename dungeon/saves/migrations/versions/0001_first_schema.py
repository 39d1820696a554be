"""The first schema: adventures, turns, drafts, revisions, and the search index over turns."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, the search index, and the trigger that makes turns append-only."""
    op.create_table(
        "adventures",
        sa.Column("id", sa.Text, primary_key=True),
        *_required("title", "scenario", "memory", "note"),
        sa.Column("head", sa.Text),
        sa.Column("tip", sa.Text),
        *_required("created", "changed"),
        sqlite_strict=True,
    )
    op.create_table(
        "turns",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        *_required("id"),
        sa.Column("parent", sa.Text),
        sa.Column("depth", sa.Integer, nullable=False),
        *_required("kind", "action", "text", "provenance", "created", "sha256"),
        sa.UniqueConstraint("adventure_id", "id"),
        sa.ForeignKeyConstraint(["adventure_id", "parent"], ["turns.adventure_id", "turns.id"]),
        sqlite_strict=True,
    )
    op.create_table(
        "drafts",
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), primary_key=True),
        sa.Column("parent", sa.Text),
        *_required("kind", "action", "text"),
        sqlite_strict=True,
    )
    op.create_table(
        "revisions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        *_required("field", "value", "changed"),
        sqlite_strict=True,
    )
    for statement in (_SEARCH, _APPEND_ONLY):
        op.execute(sa.text(statement))


def _required(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, sa.Text, nullable=False) for name in names)


# An external-content index: the text itself stays in the turns. The library updates it instead of
# triggers: with trusted_schema off, SQLite before 3.42 lets none write to a virtual table.
_SEARCH = """
    CREATE VIRTUAL TABLE turns_search USING fts5(
        action, text,
        content = 'turns', content_rowid = 'number',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
"""

_APPEND_ONLY = """
    CREATE TRIGGER turns_never_change BEFORE UPDATE ON turns BEGIN
        SELECT RAISE(ABORT, 'a turn is never changed');
    END
"""
