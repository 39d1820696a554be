"""Keep which turns were made one after another, so that branches are numbered from few rows."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# A run begins with a turn that does not follow the one made before it in its adventure.
_EVERY_RUN = """
    INSERT INTO runs (adventure_id, first, last, parent)
    SELECT adventure_id, number,
           coalesce(lead(previous) OVER (PARTITION BY adventure_id ORDER BY number), newest), parent
    FROM (
        SELECT turns.adventure_id, turns.number, followed.number AS parent,
               lag(turns.number) OVER (
                   PARTITION BY turns.adventure_id ORDER BY turns.number
               ) AS previous,
               max(turns.number) OVER (PARTITION BY turns.adventure_id) AS newest
        FROM turns
        LEFT JOIN turns AS followed
            ON followed.adventure_id = turns.adventure_id AND followed.id = turns.parent
    ) AS linked
    WHERE parent IS NULL OR previous IS NULL OR parent <> previous
    ORDER BY number
"""


def upgrade() -> None:
    """Create the table, and fill it from the turns that there are."""
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("adventure_id", sa.Text, sa.ForeignKey("adventures.id"), nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("parent", sa.Integer),
        sqlite_strict=True,
        sqlite_autoincrement=True,
    )
    op.create_index("runs_by_adventure", "runs", ["adventure_id", "number"])
    op.execute(sa.text(_EVERY_RUN))
