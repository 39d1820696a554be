"""Copy adventures from one database to another, row by row, and compare what arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select

from dungeon.errors import SavesError
from dungeon.saves import mapping, stored_runs
from dungeon.saves.database import Database
from dungeon.saves.tables import (
    adventures,
    drafts,
    revisions,
    state_events,
    story_summaries,
    turns,
)
from dungeon.text import clean_line

Values = dict[str, Any]


class Outcome(Enum):
    """What became of an adventure."""

    COPIED = "copied"
    SAME = "there already, with the same content"
    DIFFERENT = "not copied: there already, with other content"
    DAMAGED = "not copied: damaged, see `grue saves check`"
    TAKEN = "not copied: another player has an adventure of this id"


@dataclass(frozen=True, slots=True)
class Copied:
    """One adventure, and what became of it."""

    id: str
    title: str
    outcome: Outcome
    turns: int
    """How many it has; each was compared by its hash."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """Every row of an adventure, without what a database derives or adds by itself."""

    adventure: Values
    turns: list[Values]
    drafts: list[Values]
    revisions: list[Values]
    summaries: list[Values]
    state_events: list[Values]
    damaged: bool


def copy_all(source: Database, target: Database) -> Iterator[Copied]:
    """Copy every adventure of the player, and yield what became of each. Closes both databases.

    Raises SavesError where it has to stop; calling it again goes on from there.
    """
    try:
        source.create_or_migrate()
        target.create_or_migrate()
        for adventure_id in ids(source):
            yield copy_adventure(source, target, adventure_id)
    finally:
        source.close()
        target.close()


def ids(source: Database) -> list[str]:
    """Return the ids of the player's adventures, the oldest first."""
    query = select(adventures.c.id).where(adventures.c.player == source.player)
    with source.read_transaction() as connection:
        return list(connection.scalars(query.order_by(adventures.c.created, adventures.c.id)))


def copy_adventure(
    source: Database, target: Database, adventure_id: str, *, damaged_too: bool = False
) -> Copied:
    """Copy one adventure in one transaction; what is there already is left as it is.

    A damaged one is only copied with `damaged_too`, and stays damaged. Raises SavesError if it
    cannot be read or written, or if what arrived is not what was sent.
    """
    with source.read_transaction() as connection:
        stored = _read(connection, adventure_id, source.player)
    if stored is None:  # deleted meanwhile
        raise SavesError(f"{source.name} has no adventure {adventure_id} any more.")
    refused = stored.damaged and not damaged_too
    outcome = Outcome.DAMAGED if refused else _write(target, stored)
    if outcome is Outcome.COPIED:
        with target.read_transaction() as connection:
            if _read(connection, adventure_id, target.player) != stored:
                raise SavesError(
                    f"What arrived of the adventure {adventure_id} in {target.name} is not what "
                    f"{source.name} holds. Somebody may have played on; copy again to compare."
                )
    title = clean_line(str(stored.adventure["title"]))
    return Copied(adventure_id, title, outcome, len(stored.turns))


def _write(target: Database, stored: _Stored) -> Outcome:
    adventure_id = stored.adventure["id"]
    with target.write_transaction("copy") as connection:
        owner = select(adventures.c.player).where(adventures.c.id == adventure_id)
        player = connection.scalar(owner)
        if player is not None:
            if player != target.player:
                return Outcome.TAKEN
            existing = _read(connection, adventure_id, target.player)
            return Outcome.SAME if existing == stored else Outcome.DIFFERENT
        connection.execute(insert(adventures).values(**stored.adventure, player=target.player))
        for table, rows in (
            (turns, stored.turns),
            (drafts, stored.drafts),
            (revisions, stored.revisions),
            (story_summaries, stored.summaries),
            (state_events, stored.state_events),
        ):
            if rows:
                connection.execute(insert(table), rows)
        if stored.turns:
            stored_runs.add_all(connection, adventure_id)
            target.search_index.add(connection, adventure_id)
    return Outcome.COPIED


def _read(connection: Connection, adventure_id: str, player: str) -> _Stored | None:
    own = (adventures.c.id == adventure_id) & (adventures.c.player == player)
    adventure = connection.execute(select(adventures).where(own)).first()
    if adventure is None:
        return None
    turn_rows = _rows(connection, turns, adventure_id)
    return _Stored(
        adventure=_values(adventure, "player"),
        turns=[_values(row, "number") for row in turn_rows],
        drafts=[_values(row) for row in _rows(connection, drafts, adventure_id)],
        revisions=[_values(row, "number") for row in _rows(connection, revisions, adventure_id)],
        summaries=[
            _values(row, "number") for row in _rows(connection, story_summaries, adventure_id)
        ],
        state_events=[
            _values(row, "number") for row in _rows(connection, state_events, adventure_id)
        ],
        damaged=any(mapping.turn_from(row) is None for row in turn_rows),
    )


def _rows(connection: Connection, table: Table, adventure_id: str) -> list[Row[Any]]:
    query = select(table).where(table.c.adventure_id == adventure_id)
    if "number" in table.c:  # in the order of creation: parents before their children
        query = query.order_by(table.c.number)
    return list(connection.execute(query))


def _values(row: Row[Any], *left_out: str) -> Values:
    return {name: value for name, value in row._asdict().items() if name not in left_out}
