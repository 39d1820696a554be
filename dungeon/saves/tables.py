"""The tables of the newest schema, for queries."""

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.schema import ForeignKeyConstraint, UniqueConstraint

metadata = MetaData()

adventures = Table(
    "adventures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("scenario", Text, nullable=False),
    Column("memory", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("head", Text),
    Column("tip", Text),
    Column("created", Text, nullable=False),
    Column("changed", Text, nullable=False),
    sqlite_strict=True,
)
"""One row an adventure. No foreign key binds head and tip, which would need a circle of tables;
the library moves them only to turns that exist, and `check` looks again."""

turns = Table(
    "turns",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order they were made
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    Column("id", Text, nullable=False),
    Column("parent", Text),
    Column("depth", Integer, nullable=False),  # turns from the opening to this one, both counted
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("provenance", Text, nullable=False),  # JSON
    Column("created", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    UniqueConstraint("adventure_id", "id"),
    ForeignKeyConstraint(["adventure_id", "parent"], ["turns.adventure_id", "turns.id"]),
    sqlite_strict=True,
)
"""Append-only: a trigger refuses every change. A turn's id is unique within its adventure, so that
an adventure imported twice keeps its turns' ids and with them their hashes."""

drafts = Table(
    "drafts",
    metadata,
    Column("adventure_id", Text, ForeignKey("adventures.id"), primary_key=True),
    Column("parent", Text),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_strict=True,
)
"""The turn under way, at most one an adventure."""

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("changed", Text, nullable=False),
    sqlite_strict=True,
)
"""What title, memory and note said before they were changed. Append-only."""
