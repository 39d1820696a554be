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
    for statement in _STATEMENTS[op.get_bind().dialect.name]:
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

# A stemmer without stop words: every word can be searched for, as in SQLite's index.
_POSTGRESQL_SEARCH = (
    "CREATE TEXT SEARCH DICTIONARY grue_stem (TEMPLATE = snowball, Language = english)",
    "CREATE TEXT SEARCH CONFIGURATION grue_search (COPY = simple)",
    """
    ALTER TEXT SEARCH CONFIGURATION grue_search
    ALTER MAPPING FOR asciiword, word, numword WITH grue_stem
    """,
    """
    CREATE TABLE turns_search (
        number integer PRIMARY KEY REFERENCES turns,
        adventure_id text NOT NULL REFERENCES adventures,
        words tsvector NOT NULL
    )
    """,
    "CREATE INDEX turns_search_by_adventure ON turns_search (adventure_id, number)",
    "CREATE INDEX turns_search_by_word ON turns_search USING gin (words)",
)

_POSTGRESQL_APPEND_ONLY = (
    """
    CREATE FUNCTION reject_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'a turn is never changed';
    END
    $$
    """,
    """
    CREATE TRIGGER turns_never_change BEFORE UPDATE ON turns
    FOR EACH ROW EXECUTE FUNCTION reject_change()
    """,
)

_STATEMENTS = {
    "sqlite": (_SEARCH, _APPEND_ONLY),
    "postgresql": (*_POSTGRESQL_SEARCH, *_POSTGRESQL_APPEND_ONLY),
}
