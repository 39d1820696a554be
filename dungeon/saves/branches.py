"""Number the branches of saved adventures without reading all of their turns."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from dungeon.saves.tables import adventures, turns
from dungeon.story.branch_numbers import BranchNumbers, Run, joined

_child, _other = turns.alias("child"), turns.alias("other")


@dataclass(frozen=True, slots=True)
class _Known:
    """The branches of an adventure as they were read."""

    count: int
    """Turns of the adventure; they are never changed and only deleted with it."""
    tip: str | None
    runs: tuple[Run, ...]
    branches: BranchNumbers


class KnownBranches:
    """The branches of the adventures that were asked for. What has changed is read again.

    A search goes on with each key that is typed, mostly in the same adventures.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def of(self, connection: Connection, adventure_id: str) -> BranchNumbers:
        """Return the branches of an adventure as it is now."""
        here = turns.c.adventure_id == adventure_id
        count = connection.scalar(select(func.count()).where(here)) or 0
        tip = connection.scalar(select(adventures.c.tip).where(adventures.c.id == adventure_id))
        known = self._known.get(adventure_id)
        if known is None or count < known.count:
            known = _Known(0, None, (), BranchNumbers([], None))
        if (count, tip) != (known.count, known.tip):
            known = _read(connection, adventure_id, known.runs, count, tip)
            self._known[adventure_id] = known
        return known.branches


def turn_number(connection: Connection, adventure_id: str, turn_id: str | None) -> int | None:
    """Return the number of a turn in the order of creation, or None if there is no such turn."""
    here = (turns.c.adventure_id == adventure_id) & (turns.c.id == turn_id)
    return connection.scalar(select(turns.c.number).where(here))


def _read(
    connection: Connection, adventure_id: str, runs: Sequence[Run], count: int, tip: str | None
) -> _Known:
    """Return the branches with the turns that were made after `runs`."""
    new = _new_runs(connection, adventure_id, runs[-1].last if runs else 0)
    runs = joined([*runs, *new])
    branches = BranchNumbers(runs, turn_number(connection, adventure_id, tip))
    return _Known(count, tip, tuple(runs), branches)


def _new_runs(connection: Connection, adventure_id: str, after: int) -> list[Run]:
    """Return the turns with numbers above `after` as runs of consecutive numbers.

    A run begins with a turn that does not follow the one numbered before it, and ends with one that
    the next does not follow. Both are found by indexes alone, which is ten times as fast as to read
    every turn.
    """
    new = (turns.c.adventure_id == adventure_id) & (turns.c.number > after)
    parent = and_(_other.c.adventure_id == turns.c.adventure_id, _other.c.id == turns.c.parent)
    follows_another = _other.c.number.is_distinct_from(turns.c.number - 1)
    firsts = (
        select(turns.c.number, _other.c.number.label("parent"))
        .outerjoin_from(turns, _other, parent)
        .where(new, follows_another | (turns.c.number == after + 1))
    )
    next_one = and_(
        _child.c.adventure_id == turns.c.adventure_id,
        _child.c.parent == turns.c.id,
        _child.c.number == turns.c.number + 1,
    )
    lasts = (
        select(turns.c.number)
        .outerjoin_from(turns, _child, next_one)
        .where(new, _child.c.number.is_(None))
    )
    begun = connection.execute(firsts.order_by(turns.c.number)).all()
    ended = connection.scalars(lasts.order_by(turns.c.number)).all()
    return [Run(first.number, last, first.parent) for first, last in zip(begun, ended, strict=True)]
