"""The statements that the transactions of a library are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, insert, select, update

from dungeon.errors import InputRefused, NotSaved
from dungeon.saves import mapping, stored_runs
from dungeon.saves.search import SearchIndex
from dungeon.saves.tables import adventures, revisions, state_events, story_summaries, turns
from dungeon.story import Turn
from dungeon.story.checkpoints import carry
from dungeon.story.edited_line import EditedLine
from dungeon.story.state_events import StateEvent
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes

_MAX_NAMED = 5
"""Adventures that an error message names."""


def is_own(player: str, adventure_id: str) -> ColumnElement[bool]:
    """Return the condition for the player's own adventure with this full id."""
    return (adventures.c.id == adventure_id) & (adventures.c.player == player)


def belongs_to(table: Table, player: str, adventure_id: str) -> ColumnElement[bool]:
    """Return the condition for the rows of `table` that belong to that adventure."""
    own = select(adventures.c.id).where(is_own(player, adventure_id))
    return table.c.adventure_id.in_(own)


def is_taken(connection: Connection, adventure_id: str) -> bool:
    """Return whether there is an adventure with this full id, whoever plays it."""
    query = select(adventures.c.id).where(adventures.c.id == adventure_id)
    return connection.execute(query).first() is not None


def find_id(connection: Connection, player: str, prefix: str) -> str:
    """Return the one id that begins with `prefix`; an exact match wins over longer ids."""
    prefix = clean_line(prefix)
    matches = func.substr(adventures.c.id, 1, len(prefix)) == prefix
    own = select(adventures.c.id, adventures.c.title).where(adventures.c.player == player)
    query = own.where(matches).order_by(adventures.c.id)
    found = connection.execute(query.limit(_MAX_NAMED + 1)).all() if prefix else []
    match [row.id for row in found]:
        case [only]:
            return str(only)
        case [first, *_] if first == prefix:
            return prefix
        case []:
            raise InputRefused(
                f"There is no adventure {in_quotes(prefix)}. `grue saves list` shows those there "
                "are."
            )
    several = ", ".join(f"{row.id} “{clean_line(row.title)}”" for row in found[:_MAX_NAMED])
    more = ", …" if len(found) > _MAX_NAMED else ""
    raise InputRefused(
        f"More than one adventure begins with {in_quotes(prefix)}: {several}{more}. Give more of "
        "its id."
    )


def lock_adventure(connection: Connection, player: str, adventure_id: str) -> Row[Any]:
    """Return the adventure's row, locked: transactions that change one follow one another.

    SQLite has locked the whole file already. Raises NotSaved if another window has deleted it.
    """
    query = select(adventures).where(is_own(player, adventure_id)).with_for_update()
    row = connection.execute(query).first()
    if row is None:
        raise NotSaved(
            f"Not saved: the adventure {adventure_id} is not there any more. Deleted ones are in "
            "the backups that were made before."
        )
    return row


def summary_rows(connection: Connection, adventure_id: str) -> Sequence[Row[Any]]:
    """Return the summaries of an adventure in the order they were made."""
    own = story_summaries.c.adventure_id == adventure_id
    query = select(story_summaries).where(own).order_by(story_summaries.c.number)
    return connection.execute(query).all()


def get_turn(connection: Connection, adventure_id: str, turn_id: str) -> Row[Any, Any, Any] | None:
    """Return number, depth and hash of a turn, or None if there is no such turn."""
    here = (turns.c.adventure_id == adventure_id) & (turns.c.id == turn_id)
    query = select(turns.c.number, turns.c.depth, turns.c.sha256)
    return connection.execute(query.where(here)).first()


def insert_turn(connection: Connection, adventure_id: str, turn: Turn, index: SearchIndex) -> None:
    """Insert and index the turn, unless an attempt that was reported as failed has done so."""
    existing = get_turn(connection, adventure_id, turn.id)
    if existing is not None:
        if existing.sha256 == turn.sha256:
            return
        raise NotSaved(f"Not saved: there is another turn {turn.id} already, and it was kept.")
    depth, followed = 0, None
    if turn.parent is not None:
        parent = get_turn(connection, adventure_id, turn.parent)
        if parent is None:
            raise NotSaved(f"Not saved: the turn {turn.parent} that it follows is not there.")
        depth, followed = parent.depth, parent.number
    row = mapping.turn_row(adventure_id, turn, depth + 1)
    number = connection.scalar(insert(turns).values(row).returning(turns.c.number))
    stored_runs.add(connection, adventure_id, number, followed)
    index.add(connection, adventure_id, turn.id)


def insert_line(
    connection: Connection, adventure_id: str, line: EditedLine, index: SearchIndex
) -> None:
    """Insert and index an edited turn and what follows it, with names, summaries and decisions."""
    edited, *after = line.turns
    insert_turn(connection, adventure_id, edited, index)
    if after:  # all at once: thousands may follow
        saved = get_turn(connection, adventure_id, edited.id)
        depth = saved.depth if saved else 0
        rows = [
            mapping.turn_row(adventure_id, turn, depth + number)
            for number, turn in enumerate(after, 1)
        ]
        connection.execute(insert(turns), rows)
        stored_runs.extend(connection, adventure_id, line.tip)
        index.add_after(connection, adventure_id, edited.id)
    _carry_checkpoints(connection, adventure_id, line.ids)
    for summary in line.summaries:
        row = mapping.summary_row(adventure_id, summary)
        connection.execute(insert(story_summaries).values(row))
    insert_state_events(connection, adventure_id, line.state_events)


def _carry_checkpoints(connection: Connection, adventure_id: str, ids: Mapping[str, str]) -> None:
    """Name the turns that stand in the place of others as these are named now: another window may
    have named some meanwhile.
    """
    here = adventures.c.id == adventure_id
    stored = connection.scalar(select(adventures.c.checkpoints).where(here)) or ""
    named = mapping.parse_checkpoints(stored)
    if (carried := carry(named, ids)) != named:
        insert_revision(connection, adventure_id, "checkpoints", stored, mapping.format_time())
        values = {"checkpoints": mapping.dump_checkpoints(carried)}
        connection.execute(update(adventures).where(here).values(**values))


def insert_revision(
    connection: Connection, adventure_id: str, field: str, value: object, changed: str
) -> None:
    """Keep the value that a field of an adventure had until it was changed."""
    kept = {"field": field, "value": str(value), "changed": changed}
    connection.execute(insert(revisions).values(adventure_id=adventure_id, **kept))


def state_event_rows(connection: Connection, adventure_id: str) -> Sequence[Row[Any]]:
    """Return the rows of the decisions on an adventure's state, in their order."""
    query = select(state_events).where(state_events.c.adventure_id == adventure_id)
    return connection.execute(query.order_by(state_events.c.number)).all()


def insert_state_events(
    connection: Connection, adventure_id: str, events: Sequence[StateEvent]
) -> None:
    """Add decisions on an adventure's state. Raises NotSaved where a turn of them is missing."""
    for turn_id in {event.turn for event in events}:
        if get_turn(connection, adventure_id, turn_id) is None:
            raise NotSaved(f"Not saved: the turn {turn_id} of this change is not there.")
    if events:
        connection.execute(insert(state_events), mapping.state_event_rows(adventure_id, events))


def move_head(
    connection: Connection,
    adventure_id: str,
    expected_head: str | None,
    place: Mapping[str, str | None],
) -> bool:
    """Move the adventure from `expected_head` to `place`; return whether it is there now."""
    here = adventures.c.id == adventure_id
    as_expected = adventures.c.head.is_not_distinct_from(expected_head)
    moved = connection.execute(update(adventures).where(here, as_expected).values(**place))
    if moved.rowcount:
        return True
    head = connection.execute(select(adventures.c.head).where(here)).scalar()
    return bool(head == place["head"])
