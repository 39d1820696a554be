"""Keep checkpoints, the origin of a fork, tags, and which adventures are favourites."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; an adventure from before has nothing in them."""
    for name in ("checkpoints", "origin", "tags"):
        op.add_column("adventures", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.add_column(
        "adventures", sa.Column("favourite", sa.Integer, nullable=False, server_default="0")
    )
