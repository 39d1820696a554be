"""Keep when each decision on the story's state was made."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is empty for a decision from before, whose time nobody knows."""
    op.add_column("state_events", sa.Column("created", sa.Text, nullable=False, server_default=""))
