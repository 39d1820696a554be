"""Keep decisions on changes of the story's state, each at a turn."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "state_events",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        *_required("turn", "category", "name", "value"),
        sa.Column("removed", sa.Integer, nullable=False),
        *_required("decision", "source"),
        sa.ForeignKeyConstraint(["adventure_id", "turn"], ["turns.adventure_id", "turns.id"]),
        sqlite_strict=True,
    )
    op.create_index("state_events_by_turn", "state_events", ["adventure_id", "turn"])


def _required(*names: str) -> Iterator[sa.Column[str]]:
    return (sa.Column(name, sa.Text, nullable=False) for name in names)
