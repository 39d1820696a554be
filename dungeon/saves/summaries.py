"""Adventures as lists show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from dungeon.saves import mapping
from dungeon.saves.tables import adventures, turns
from dungeon.text import clean_line

MAX_EXCERPT = 160
"""Characters of the last reply, or of the first action, in a summary."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An adventure as lists show it."""

    id: str
    title: str
    scenario: str
    turns: int
    """Turns from the opening to the head, both counted."""
    changed: datetime
    excerpt: str
    """The beginning of the last reply, on one line."""
    created: datetime = mapping.EPOCH
    first_action: str = ""
    """What the player did first, on any branch: tells adventures with the same opening apart."""
    tags: tuple[str, ...] = ()
    favourite: bool = False


def read(connection: Connection, player: str) -> list[Summary]:
    """Return every adventure of a player, the most recently changed first."""
    head = (turns.c.adventure_id == adventures.c.id) & (turns.c.id == adventures.c.head)
    excerpt = func.substr(turns.c.text, 1, 2 * MAX_EXCERPT)
    query = (
        select(adventures, turns.c.depth, excerpt.label("excerpt"), _first_action())
        .select_from(adventures.outerjoin(turns, head))
        .where(adventures.c.player == player)
        .order_by(adventures.c.changed.desc(), adventures.c.id)
    )
    return [_summary(row) for row in connection.execute(query)]


def _first_action() -> Any:
    """Return the subquery for the first action after an opening; indexed by parent."""
    root, first = turns.alias(), turns.alias()
    openings = select(root.c.id).where(
        root.c.adventure_id == adventures.c.id, root.c.parent.is_(None)
    )
    action = func.substr(first.c.action, 1, MAX_EXCERPT)
    return (
        select(action)
        .where(first.c.adventure_id == adventures.c.id, first.c.parent.in_(openings))
        .where(first.c.action != "")
        .order_by(first.c.number)
        .limit(1)
        .correlate(adventures)
        .scalar_subquery()
        .label("first_action")
    )


def _summary(row: Row[Any]) -> Summary:
    excerpt = clean_line(str(row.excerpt or ""))
    return Summary(
        id=row.id,
        title=clean_line(str(row.title)),
        scenario=clean_line(str(row.scenario)),
        turns=row.depth or 0,
        changed=mapping.parse_time(row.changed),
        excerpt=excerpt
        if len(excerpt) <= MAX_EXCERPT
        else excerpt[: MAX_EXCERPT - 1].rstrip() + "…",
        created=mapping.parse_time(row.created),
        first_action=clean_line(str(row.first_action or "")),
        tags=mapping.parse_tags(row.tags),
        favourite=bool(row.favourite),
    )
