"""Number the branches of saved adventures without reading all of their turns."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from dungeon.saves.tables import adventures, turns
from dungeon.story.branch_numbers import PLAYED, BranchNumbers, Run, joined

_child, _other = turns.alias("child"), turns.alias("other")


_MOST_RUNS = 500
"""Runs whose ends are looked for one by one; databases take no list of any length."""

Place = tuple[str, str]
"""An adventure's id and that of one of its turns."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch that a turn is on."""

    number: int = PLAYED
    """Which of the adventure's branches it is, see `BranchNumbers`."""
    count: int = 0
    """How many branches the adventure has."""


@dataclass(frozen=True, slots=True)
class _Known:
    """The branches of an adventure as they were read."""

    first: int | None
    """The number of its opening, another one once the adventure is deleted and imported again."""
    last: str | None
    """The id of the turn with the highest number, for SQLite may give deleted numbers again."""
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

    def find(self, connection: Connection, places: Iterable[Place]) -> Mapping[Place, Branch]:
        """Return on which branch each of these turns is now, of those that there are."""
        turns_of: dict[str, list[str]] = {}
        for adventure_id, turn_id in places:
            turns_of.setdefault(adventure_id, []).append(turn_id)
        found = {}
        for state in _states(connection, turns_of):
            branches = self._branches_of(connection, state)
            numbers = _turn_numbers(connection, state.id, turns_of[state.id])
            for turn_id, number in numbers.items():
                place = state.id, turn_id
                found[place] = Branch(branches.branch_of(number), branches.count)
        return found

    def _branches_of(self, connection: Connection, now: Row[Any]) -> BranchNumbers:
        known = self._known.get(now.id)
        if known and (now.first, now.turns, now.tip) == (known.first, known.count, known.tip):
            return known.branches
        runs = known.runs if known and _goes_on(connection, now, known) else ()
        known = self._known[now.id] = _read(connection, now, runs)
        return known.branches


def _goes_on(connection: Connection, now: Row[Any], known: _Known) -> bool:
    """Return whether turns were only added since the branches were read."""
    if now.first != known.first or now.turns < known.count or known.last is None:
        return False
    number = _turn_numbers(connection, now.id, [known.last]).get(known.last)
    return number == known.runs[-1].last


def _turn_numbers(
    connection: Connection, adventure_id: str, turn_ids: Collection[str]
) -> Mapping[str, int]:
    """Return the numbers of turns in the order of creation, of those that there are.

    One adventure at a time: SQLite would look for pairs of ids without its index.
    """
    here = (turns.c.adventure_id == adventure_id) & turns.c.id.in_(turn_ids)
    rows = connection.execute(select(turns.c.id, turns.c.number).where(here))
    return {row.id: row.number for row in rows}


def _states(connection: Connection, ids: Collection[str]) -> Iterable[Row[Any]]:
    """Return what changes wherever the branches of adventures do: `id`, `first`, `turns`, `tip`."""
    here = turns.c.adventure_id == adventures.c.id
    first = select(func.min(turns.c.number)).where(here, turns.c.parent.is_(None))
    count = select(func.count()).where(here)
    query = select(
        adventures.c.id,
        adventures.c.tip,
        first.scalar_subquery().label("first"),
        count.scalar_subquery().label("turns"),
    )
    rows: Iterable[Any] = connection.execute(query.where(adventures.c.id.in_(ids))).all()
    return rows


def _read(connection: Connection, now: Row[Any], runs: Sequence[Run]) -> _Known:
    """Return the branches with the turns that were made after `runs`."""
    new = _new_runs(connection, now.id, runs[-1].last if runs else 0)
    runs = joined([*runs, *new])
    played = _turn_numbers(connection, now.id, [now.tip]).get(now.tip) if now.tip else None
    branches = BranchNumbers(runs, played)
    last = _turn_at(connection, now.id, runs[-1].last) if runs else None
    return _Known(now.first, last, now.turns, now.tip, tuple(runs), branches)


def _turn_at(connection: Connection, adventure_id: str, number: int) -> str | None:
    """Return the id of the turn with a number."""
    here = (turns.c.number == number) & (turns.c.adventure_id == adventure_id)
    return connection.scalar(select(turns.c.id).where(here))


def _new_runs(connection: Connection, adventure_id: str, after: int) -> list[Run]:
    """Return the turns with numbers above `after` as runs of consecutive numbers.

    A run begins with a turn that does not follow the one numbered before it, and ends with one that
    the next does not follow. Both are found by indexes alone, which is ten times as fast as to read
    every turn.
    """
    new = (turns.c.adventure_id == adventure_id) & (turns.c.number > after)
    parent = and_(_other.c.adventure_id == turns.c.adventure_id, _other.c.id == turns.c.parent)
    follows_another = _other.c.number.is_distinct_from(turns.c.number - 1)
    query = (
        select(turns.c.number, _other.c.number.label("parent"))
        .outerjoin_from(turns, _other, parent)
        .where(new, follows_another | (turns.c.number == after + 1))
    )
    begun = connection.execute(query.order_by(turns.c.number)).all()
    ended = _side_by_side(connection, new, begun) or _ends(connection, new)
    return [Run(first.number, last, first.parent) for first, last in zip(begun, ended, strict=True)]


def _side_by_side(
    connection: Connection, new: ColumnElement[bool], begun: Sequence[Any]
) -> Sequence[int]:
    """Return the last number of each run where each ends just before the next one begins; nothing
    where another adventure was played in between, or where there are very many.

    It takes a handful of rows to see that, and to look for the ends themselves every turn.
    """
    before = [first.number - 1 for first in begun[1:]]
    if len(before) > _MOST_RUNS:
        return []
    here = connection.scalars(select(turns.c.number).where(new, turns.c.number.in_(before)))
    last = connection.scalar(select(func.max(turns.c.number)).where(new))
    return [*before, last] if last is not None and len(here.all()) == len(before) else []


def _ends(connection: Connection, new: ColumnElement[bool]) -> Sequence[int]:
    """Return the last number of each run, wherever it is."""
    next_one = and_(
        _child.c.adventure_id == turns.c.adventure_id,
        _child.c.parent == turns.c.id,
        _child.c.number == turns.c.number + 1,
    )
    query = (
        select(turns.c.number)
        .outerjoin_from(turns, _child, next_one)
        .where(new, _child.c.number.is_(None))
    )
    return connection.scalars(query.order_by(turns.c.number)).all()
