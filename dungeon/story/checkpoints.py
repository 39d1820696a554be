"""Names of turns: pure functions.

A name means one turn of a line. Where an edit carries turns over to another line, their names go
along, and stay with the turns of the old line as well: then a name means the one on the line that
is played.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dungeon.story.adventure import Adventure, Checkpoints


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A turn that has a name, as lists show it."""

    name: str
    turn_id: str
    is_elsewhere: bool
    """Whether the name stands on several lines, and this turn is not on the one that is played."""


def turn_of(adventure: Adventure, name: str) -> str:
    """Return the id of the turn that a name means: the one on the line that is played, or else the
    one that got the name last.
    """
    ids, line = adventure.checkpoints[name], _line(adventure)
    return next((turn_id for turn_id in reversed(ids) if turn_id in line), ids[-1])


def rows(adventure: Adventure) -> Iterator[CheckpointRow]:
    """Yield every named turn in the order of the names; what a name means here comes first."""
    line = _line(adventure)
    for name, ids in adventure.checkpoints.items():
        here = turn_of(adventure, name)
        for turn_id in (here, *(each for each in reversed(ids) if each != here)):
            yield CheckpointRow(name, turn_id, len(ids) > 1 and turn_id not in line)


def with_name(checkpoints: Checkpoints, name: str, turn_id: str) -> Checkpoints:
    """Return the checkpoints with a name for one turn alone."""
    return MappingProxyType({**checkpoints, name: (turn_id,)})


def without(checkpoints: Checkpoints, name: str, turn_id: str) -> Checkpoints:
    """Return the checkpoints without the name of one turn; others that have it keep it."""
    left = tuple(each for each in checkpoints[name] if each != turn_id)
    return _without_unused({**checkpoints, name: left})


def only_of(checkpoints: Checkpoints, turns: Mapping[str, object]) -> Checkpoints:
    """Return the names of some turns, which are given by id."""
    return _without_unused(
        {name: tuple(each for each in ids if each in turns) for name, ids in checkpoints.items()}
    )


def carry(checkpoints: Checkpoints, ids: Mapping[str, str]) -> Checkpoints:
    """Return the checkpoints, with the names of turns also for those that stand in their place on
    another line: `ids` has the new turn by the old one.
    """
    return MappingProxyType(
        {
            name: (*named, *(ids[each] for each in named if ids.get(each, each) not in named))
            for name, named in checkpoints.items()
        }
    )


def _line(adventure: Adventure) -> set[str]:
    return {turn.id for turn in (*adventure.path(), *adventure.undone())}


def _without_unused(checkpoints: Checkpoints) -> Checkpoints:
    return MappingProxyType({name: ids for name, ids in checkpoints.items() if ids})
