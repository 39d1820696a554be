"""Keep the dice rules of an adventure."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an adventure from before has the rules that are the default."""
    op.add_column("adventures", sa.Column("dice", sa.Text, nullable=False, server_default=""))
