"""Keep the runs of an adventure's turns: rows that a new turn mostly only makes longer.

Nearly all turns follow the one that was made just before them, so that an adventure of ten thousand
turns has few runs, and its branches are numbered from these alone (`branches`).
"""

from sqlalchemy import Connection, ScalarSelect, delete, func, insert, select, text, update

from dungeon.saves.tables import runs, turns

# A run begins with a turn that does not follow the one made before it in its adventure.
_READ_FROM_TURNS = """
    SELECT adventure_id, number AS first,
           coalesce(lead(previous) OVER (PARTITION BY adventure_id ORDER BY number), newest)
               AS last,
           parent
    FROM (
        SELECT turns.adventure_id, turns.number, followed.number AS parent,
               lag(turns.number) OVER (
                   PARTITION BY turns.adventure_id ORDER BY turns.number
               ) AS previous,
               max(turns.number) OVER (PARTITION BY turns.adventure_id) AS newest
        FROM turns
        LEFT JOIN turns AS followed
            ON followed.adventure_id = turns.adventure_id AND followed.id = turns.parent
        WHERE turns.adventure_id IN (SELECT id FROM adventures WHERE {which})
    ) AS linked
    WHERE parent IS NULL OR previous IS NULL OR parent <> previous
"""

_ADD_ALL = text(
    "INSERT INTO runs (adventure_id, first, last, parent)"
    f"{_READ_FROM_TURNS.format(which='id = :adventure_id')} ORDER BY number"
)

_OF_PLAYER = _READ_FROM_TURNS.format(which="player = :player")

_STORED = """
    SELECT adventure_id, first, last, parent FROM runs
    WHERE adventure_id IN (SELECT id FROM adventures WHERE player = :player)
"""

_COUNT_WRONG = """
    SELECT count(DISTINCT adventure_id) FROM (
        SELECT * FROM ({stored} EXCEPT {read}) AS not_there
        UNION ALL
        SELECT * FROM ({read} EXCEPT {stored}) AS not_stored
    ) AS wrong
"""

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


def count_wrong(connection: Connection, player: str) -> int:
    """Return of how many adventures of a player the runs are not those of the turns.

    That is no damage: nothing but the numbers of branches in a search is read from them.
    """
    query = text(_COUNT_WRONG.format(stored=_STORED, read=_OF_PLAYER))
    return connection.scalar(query, {"player": player}) or 0
