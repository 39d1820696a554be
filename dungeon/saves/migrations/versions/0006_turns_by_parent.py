"""Find the turns that follow a turn: for lists of adventures, and for deleting one."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("turns_by_parent", "turns", ["adventure_id", "parent"])
