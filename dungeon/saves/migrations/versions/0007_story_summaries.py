"""Keep the versions of the summary of an adventure."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; an adventure from before has no summary."""
    required = ("id", "turn", "covers", "text", "source")
    op.create_table(
        "story_summaries",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in required),
        sa.Column("pinned", sa.Integer, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.UniqueConstraint("adventure_id", "id"),
        sqlite_strict=True,
    )
