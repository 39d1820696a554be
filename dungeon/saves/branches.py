"""Number the branches of saved adventures from the runs of their turns, reading no turn but those
that are asked for.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from dungeon.saves.tables import adventures, runs, turns
from dungeon.story.branch_numbers import PLAYED, BranchNumbers, Run

_AT_ONCE = 50
"""Turns that one statement looks for."""

Place = tuple[str, str]
"""An adventure's id and that of one of its turns."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The branch that a turn is on."""

    number: int = PLAYED
    """Which of the adventure's branches it is, see `BranchNumbers`."""
    count: int = 0
    """How many branches the adventure has."""


class KnownBranches:
    """The branches of the adventures that were asked for. What has changed is read again.

    A search goes on with each key that is typed, mostly in the same adventures, and one that was
    played with very many retries has thousands of runs.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Row[Any], BranchNumbers]] = {}

    def find(self, connection: Connection, places: Collection[Place]) -> Mapping[Place, Branch]:
        """Return on which branch each of these turns is now, of those that there are."""
        states = {row.id: row for row in _states(connection, {place[0] for place in places})}
        self._read(connection, [row for row in states.values() if not self._knows(row)])
        found = {}
        numbers = _turn_numbers(connection, places)
        for place in places:
            if place[0] in states and place in numbers:  # neither is deleted meanwhile
                _, branches = self._known[place[0]]
                found[place] = Branch(branches.branch_of(numbers[place]), branches.count)
        return found

    def _knows(self, now: Row[Any]) -> bool:
        known = self._known.get(now.id)
        return known is not None and known[0] == now

    def _read(self, connection: Connection, changed: Sequence[Row[Any]]) -> None:
        """Read the branches of these adventures, all with one statement."""
        found: dict[str, list[Run]] = {row.id: [] for row in changed}
        columns = (runs.c.adventure_id, runs.c.first, runs.c.last, runs.c.parent)
        query = select(*columns).where(runs.c.adventure_id.in_(found)).order_by(runs.c.number)
        if found:
            for adventure_id, first, last, parent in connection.execute(query):
                found[adventure_id].append(Run(first, last, parent))
        for row in changed:
            self._known[row.id] = row, BranchNumbers(found[row.id], row.played)


def _states(connection: Connection, ids: Collection[str]) -> Iterable[Row[Any]]:
    """Return what changes wherever the branches of adventures do, and `played`, the number of the
    tip. A number of a run is never given again, so that the newest one says which all of them are.
    """
    here = runs.c.adventure_id == adventures.c.id
    tip = (turns.c.adventure_id == adventures.c.id) & (turns.c.id == adventures.c.tip)
    newest = select(runs.c.last).where(here).order_by(runs.c.number.desc()).limit(1)
    query = select(
        adventures.c.id,
        adventures.c.tip,
        select(turns.c.number).where(tip).scalar_subquery().label("played"),
        select(func.max(runs.c.number)).where(here).scalar_subquery().label("run"),
        newest.scalar_subquery().label("last"),
    )
    rows: Iterable[Any] = connection.execute(query.where(adventures.c.id.in_(ids))).all()
    return rows


def _turn_numbers(connection: Connection, places: Collection[Place]) -> Mapping[Place, int]:
    """Return the numbers of turns in the order of creation, of those that there are, and of others.

    Every id is looked for in every one of the adventures, since SQLite would look for pairs of ids
    without its index: so it is some of them at once.
    """
    found, every = {}, list(dict.fromkeys(places))
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        here = turns.c.adventure_id.in_({place[0] for place in some})
        among = turns.c.id.in_({place[1] for place in some})
        query = select(turns.c.adventure_id, turns.c.id, turns.c.number).where(here, among)
        for adventure_id, turn_id, number in connection.execute(query):
            found[adventure_id, turn_id] = number
    return found
