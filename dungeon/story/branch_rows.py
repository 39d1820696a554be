"""The turns of an adventure in the order in which a tree shows them: pure functions.

A turn that follows another stands right below it, on the same level; only where several turns
follow the same one are all but one of them indented, with what follows them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dungeon.story.adventure import Adventure
from dungeon.story.turn import Turn


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A turn and its place in the tree."""

    turn: Turn
    fork: str | None
    """The id of the turn below which its branch is indented; None on the outermost level."""
    number: int
    count: int
    """It is the `number`th of `count` turns that follow the same one."""
    is_on_path: bool
    """Whether it is on the path from the opening to the head."""


def branch_rows(adventure: Adventure) -> Iterator[BranchRow]:
    """Yield every turn, in the order from top to bottom.

    The turn that stays on the level is the one on the path to the head, or else the one that most
    turns come after. So n turns are indented at most log2(n) + 1 levels deep, however they branch.
    """
    following: dict[str | None, list[Turn]] = {}
    for turn in adventure.turns.values():
        following.setdefault(turn.parent, []).append(turn)
    path = {turn.id for turn in adventure.path()}
    sizes = _sizes(adventure)

    def weight(turn: Turn) -> tuple[bool, int]:
        return turn.id in path, sizes[turn.id]

    openings = following.get(None, [])
    pending = [
        BranchRow(turn, None, number, len(openings), turn.id in path)
        for number, turn in enumerate(openings, 1)
    ]
    pending.reverse()
    while pending:
        row = pending.pop()
        yield row
        after = following.get(row.turn.id, [])
        main = max(reversed(after), key=weight, default=None)  # the newest of equals
        rows = [
            BranchRow(
                turn, row.fork if turn is main else row.turn.id, number, len(after), turn.id in path
            )
            for number, turn in enumerate(after, 1)
        ]
        rows.sort(key=lambda each: each.turn is main)  # those that are indented come first
        pending += reversed(rows)


def _sizes(adventure: Adventure) -> Mapping[str, int]:
    """Return how many turns each one's branch has from it on, by id."""
    sizes = dict.fromkeys(adventure.turns, 1)
    for turn in reversed(list(adventure.turns.values())):  # a turn is made after its parent
        if turn.parent is not None:
            sizes[turn.parent] += sizes[turn.id]
    return sizes
