"""The tables of the newest schema, for queries."""

from collections.abc import Iterator

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, Table, Text
from sqlalchemy.schema import ForeignKeyConstraint, UniqueConstraint

metadata = MetaData()


def _required(*names: str) -> Iterator[Column[str]]:
    return (Column(name, Text, nullable=False) for name in names)


adventures = Table(
    "adventures",
    metadata,
    Column("id", Text, primary_key=True),
    *_required("title", "scenario", "memory", "note"),
    Column("head", Text),
    Column("tip", Text),
    *_required("created", "changed"),
    Column("foreign_fields", Text, nullable=False, server_default=""),  # JSON, or empty
    Column("lore", Text, nullable=False, server_default=""),  # JSON, or empty
    Column("checkpoints", Text, nullable=False, server_default=""),  # JSON, or empty
    Column("origin", Text, nullable=False, server_default=""),
    Column("tags", Text, nullable=False, server_default=""),  # one a line
    Column("favourite", Integer, nullable=False, server_default="0"),
    Column("note_depth", Integer, nullable=False, server_default="0"),
    Column("dice", Text, nullable=False, server_default=""),  # JSON, or empty
    Column("player", Text, nullable=False, server_default=""),  # empty in a file
    Index("adventures_by_player", "player", "changed"),
    sqlite_strict=True,
)
"""No foreign keys on head and tip: they would make the tables depend on each other in a circle. The
library moves them only to turns that exist, and `integrity.check` verifies it."""

turns = Table(
    "turns",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order of creation
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    *_required("id"),
    Column("parent", Text),
    Column("depth", Integer, nullable=False),  # turns from the opening to this one, both counted
    *_required("kind", "action", "text", "provenance", "created", "sha256"),  # provenance: JSON
    UniqueConstraint("adventure_id", "id"),
    ForeignKeyConstraint(["adventure_id", "parent"], ["turns.adventure_id", "turns.id"]),
    Index("turns_by_parent", "adventure_id", "parent"),
    sqlite_strict=True,
)
"""Append-only: a trigger rejects every update. A turn's id is unique within its adventure, so that
an adventure imported twice keeps its turns' ids and hashes."""

runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order of creation, never given again
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    Column("first", Integer, nullable=False),
    Column("last", Integer, nullable=False),
    Column("parent", Integer),
    Index("runs_by_adventure", "adventure_id", "number"),
    sqlite_strict=True,
    sqlite_autoincrement=True,
)
"""Turns of an adventure that were made one after another and follow one another, by the numbers of
the first, the last, and the one that the first follows: `story.branch_numbers.Run`. Derived from
the turns. Only the last of the newest one changes, until the adventure is deleted."""

drafts = Table(
    "drafts",
    metadata,
    Column("adventure_id", Text, ForeignKey("adventures.id"), primary_key=True),
    Column("parent", Text),
    *_required("kind", "action", "text"),
    sqlite_strict=True,
)
"""The turn in progress, at most one per adventure."""

state_events = Table(
    "state_events",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order of creation
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    *_required("turn", "category", "name", "value"),
    Column("removed", Integer, nullable=False),
    *_required("decision", "source"),
    Column("created", Text, nullable=False, server_default=""),  # empty where it is not known
    ForeignKeyConstraint(["adventure_id", "turn"], ["turns.adventure_id", "turns.id"]),
    Index("state_events_by_turn", "adventure_id", "turn"),
    sqlite_strict=True,
)
"""Decisions on changes of the story's state. Append-only: the last one on a change counts."""

revisions = Table(
    "revisions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    *_required("field", "value", "changed"),
    sqlite_strict=True,
)
"""Earlier values of title, memory, note and its depth, lore, checkpoints and dice. Append-only."""

story_summaries = Table(
    "story_summaries",
    metadata,
    Column("number", Integer, primary_key=True),  # in the order of creation
    Column("adventure_id", Text, ForeignKey("adventures.id"), nullable=False),
    *_required("id", "turn", "covers", "text", "source"),
    Column("pinned", Integer, nullable=False),
    *_required("created"),
    UniqueConstraint("adventure_id", "id"),
    sqlite_strict=True,
)
"""Every version of the summaries of turns that no longer fit a prompt. Append-only."""
