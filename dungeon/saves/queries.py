"""The queries that the library's transactions consist of."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from dungeon.errors import InputRefused, NotSaved
from dungeon.saves import mapping, search
from dungeon.saves.tables import adventures, turns
from dungeon.story import Turn
from dungeon.text import clean_line

NAMED = 5
"""How many adventures a refusal names, at most."""


def find(connection: Connection, prefix: str) -> str:
    """Return the one id that begins with `prefix`; an id that is exactly it is always the one."""
    prefix = clean_line(prefix)
    begins = func.substr(adventures.c.id, 1, len(prefix)) == prefix
    query = select(adventures.c.id, adventures.c.title).where(begins).order_by(adventures.c.id)
    found = connection.execute(query.limit(NAMED + 1)).all() if prefix else []
    match [row.id for row in found]:
        case [only]:
            return str(only)
        case [first, *_] if first == prefix:
            return prefix
        case []:
            raise InputRefused(
                f"There is no adventure {prefix!r}. `grue saves list` shows those there are."
            )
    several = ", ".join(f"{row.id} “{clean_line(row.title)}”" for row in found[:NAMED])
    more = ", …" if len(found) > NAMED else ""
    raise InputRefused(
        f"More than one adventure begins with {prefix!r}: {several}{more}. Give more of its id."
    )


def known(connection: Connection, adventure_id: str) -> Row[Any]:
    """Return the adventure's row. Raises NotSaved where another window has deleted it."""
    query = select(adventures).where(adventures.c.id == adventure_id)
    row = connection.execute(query).first()
    if row is None:
        raise NotSaved(
            f"Not saved: the adventure {adventure_id} is not there any more. Deleted ones are in "
            "the backups that were made before."
        )
    return row


def stored(connection: Connection, adventure_id: str, turn_id: str) -> tuple[int, str] | None:
    """Return a turn's depth and hash, or None where there is no such turn."""
    here = (turns.c.adventure_id == adventure_id) & (turns.c.id == turn_id)
    row = connection.execute(select(turns.c.depth, turns.c.sha256).where(here)).first()
    return (row.depth, row.sha256) if row else None


def add(connection: Connection, adventure_id: str, turn: Turn) -> None:
    """Insert the turn, unless it is there already since a try that failed after it was stored."""
    known(connection, adventure_id)
    twin = stored(connection, adventure_id, turn.id)
    if twin is not None:
        _, sha256 = twin
        if sha256 == turn.sha256:
            return
        raise NotSaved(f"Not saved: there is another turn {turn.id} already, and it was kept.")
    depth = 0
    if turn.parent is not None:
        parent = stored(connection, adventure_id, turn.parent)
        if parent is None:
            raise NotSaved(f"Not saved: the turn {turn.parent} that it follows is not there.")
        depth, _ = parent
    connection.execute(insert(turns).values(mapping.turn_row(adventure_id, turn, depth + 1)))
    search.add(connection, adventure_id, turn.id)


def move(
    connection: Connection,
    adventure_id: str,
    expected_head: str | None,
    place: Mapping[str, str | None],
) -> bool:
    """Move the adventure from `expected_head` to `place`; return whether it stands there now."""
    here = adventures.c.id == adventure_id
    as_expected = adventures.c.head.is_not_distinct_from(expected_head)
    moved = connection.execute(update(adventures).where(here, as_expected).values(**place))
    if moved.rowcount:
        return True
    head = connection.execute(select(adventures.c.head).where(here)).scalar()
    return bool(head == place["head"])
