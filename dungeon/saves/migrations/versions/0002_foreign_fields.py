"""Keep the fields of other programs' files that Grue has no use for, for export."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an adventure from before has no such fields."""
    op.add_column(
        "adventures", sa.Column("foreign_fields", sa.Text, nullable=False, server_default="")
    )
