"""Keep the lore entries of an adventure."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an adventure from before has no lore."""
    op.add_column("adventures", sa.Column("lore", sa.Text, nullable=False, server_default=""))
