"""The first schema: adventures, turns, drafts, revisions, and the search index over turns."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table, the search index, and the trigger that keeps turns as they are."""
    _make_adventures()
    _make_turns()
    _make_drafts()
    _make_revisions()
    for statement in (_SEARCH, _APPEND_ONLY):
        op.execute(sa.text(statement))


def _make_adventures() -> None:
    op.create_table(
        "adventures",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("memory", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("head", sa.Text),
        sa.Column("tip", sa.Text),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _make_turns() -> None:
    op.create_table(
        "turns",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("provenance", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.UniqueConstraint("adventure_id", "id"),
        sa.ForeignKeyConstraint(["adventure_id", "parent"], ["turns.adventure_id", "turns.id"]),
        sqlite_strict=True,
    )


def _make_drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), primary_key=True),
        sa.Column("parent", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_strict=True,
    )


def _make_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("changed", sa.Text, nullable=False),
        sqlite_strict=True,
    )


# The index holds words only and reads the text itself from the turns. It is no work for triggers:
# with trusted_schema off, SQLite before 3.42 lets none of them near a virtual table.
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
