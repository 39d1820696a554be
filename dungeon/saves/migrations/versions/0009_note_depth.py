"""Keep at which depth of the prompt an author's note stands."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the note of an adventure from before stands right before the action."""
    op.add_column(
        "adventures", sa.Column("note_depth", sa.Integer, nullable=False, server_default="0")
    )
