"""Say whose an adventure is: several players may share a database."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; the adventures of a file belong to the one player without a name."""
    op.add_column("adventures", sa.Column("player", sa.Text, nullable=False, server_default=""))
    op.create_index("adventures_by_player", "adventures", ["player", "changed"])
