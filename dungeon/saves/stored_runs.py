"""Keep the runs of an adventure's turns: rows that a new turn mostly only makes longer.

Nearly all turns follow the one that was made just before them, so that an adventure of ten thousand
turns has few runs, and its branches are numbered from these alone (`branches`).
"""

from sqlalchemy import Connection, ScalarSelect, delete, func, insert, select, text, update

from dungeon.saves.tables import runs, turns

# A run begins with a turn that does not follow the one made before it in its adventure.
_ADD_ALL = text("""
    INSERT INTO runs (adventure_id, first, last, parent)
    SELECT adventure_id, number,
           coalesce(lead(previous) OVER (ORDER BY number), newest),
           parent
    FROM (
        SELECT turns.adventure_id, turns.number, followed.number AS parent,
               lag(turns.number) OVER (ORDER BY turns.number) AS previous,
               max(turns.number) OVER () AS newest
        FROM turns
        LEFT JOIN turns AS followed
            ON followed.adventure_id = turns.adventure_id AND followed.id = turns.parent
        WHERE turns.adventure_id = :adventure_id
    ) AS linked
    WHERE parent IS NULL OR previous IS NULL OR parent <> previous
    ORDER BY number
""")

_other = runs.alias("other")


def _newest(adventure_id: str) -> ScalarSelect[int]:
    own = _other.c.adventure_id == adventure_id
    return select(func.max(_other.c.number)).where(own).scalar_subquery()


def add(connection: Connection, adventure_id: str, number: int, parent: int | None) -> None:
    """Take in a turn that was just inserted; `parent` is the number of the one that it follows.

    Where that is in no run, as an older Grue leaves it that was open while the saves were migrated,
    all runs of the adventure are read from the turns again.
    """
    newest = runs.c.number == _newest(adventure_id)
    goes_on = update(runs).where(newest, runs.c.last == parent)
    if connection.execute(goes_on.values(last=number)).rowcount:
        return
    own = runs.c.adventure_id == adventure_id
    if parent is not None:
        around = select(runs.c.number).where(own, runs.c.first <= parent, runs.c.last >= parent)
        if connection.scalar(around.limit(1)) is None:
            connection.execute(delete(runs).where(own))
            add_all(connection, adventure_id)
            return
    run = {"adventure_id": adventure_id, "first": number, "last": number, "parent": parent}
    connection.execute(insert(runs).values(run))


def extend(connection: Connection, adventure_id: str, last: str) -> None:
    """Take in turns that follow the newest one, each the one before it; `last` is the last's id."""
    here = (turns.c.adventure_id == adventure_id) & (turns.c.id == last)
    number = select(turns.c.number).where(here).scalar_subquery()
    newest = runs.c.number == _newest(adventure_id)
    connection.execute(update(runs).where(newest).values(last=number))


def add_all(connection: Connection, adventure_id: str) -> None:
    """Take in every turn of a new adventure."""
    connection.execute(_ADD_ALL, {"adventure_id": adventure_id})
