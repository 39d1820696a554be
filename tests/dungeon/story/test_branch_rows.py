"""Test in which order, and how far indented, a tree shows the turns."""

from math import log2
from types import MappingProxyType

from dungeon.story import Adventure, Kind, Turn
from dungeon.story.branch_rows import BranchRow, branch_rows


def _adventure(parents: dict[str, str | None], head: str) -> Adventure:
    turns = {
        name: Turn(name, parent, Kind.DO if parent else Kind.OPENING, f"You {name}.", "It rains.")
        for name, parent in parents.items()
    }
    return Adventure("a", "A", turns=MappingProxyType(turns), head=head, tip=head)


def _levels(adventure: Adventure) -> dict[str, int]:
    """Return how far each turn is indented, in the order of the rows."""
    levels: dict[str, int] = {}
    for row in branch_rows(adventure):
        levels[row.turn.id] = 0 if row.fork is None else levels[row.fork] + 1
    return levels


def test_what_follows_stands_below_and_only_forks_are_indented() -> None:
    story = _adventure(
        {"o": None, "a": "o", "b": "a", "x": "o", "y": "x", "z": "x", "c": "b", "x2": "y"}, "c"
    )
    assert _levels(story) == {"o": 0, "x": 1, "z": 2, "y": 1, "x2": 1, "a": 0, "b": 0, "c": 0}
    assert list(_levels(story)) == ["o", "x", "z", "y", "x2", "a", "b", "c"]
    rows = {row.turn.id: row for row in branch_rows(story)}
    assert rows["x"] == BranchRow(story.turns["x"], "o", 2, 2, is_on_path=False)
    assert rows["a"] == BranchRow(story.turns["a"], None, 1, 2, is_on_path=True)
    assert rows["b"].count == 1


def test_of_branches_off_the_path_the_longest_stays_on_its_level_then_the_newest() -> None:
    story = _adventure({"o": None, "a": "o", "old": "a", "on": "old", "new": "a", "h": "o"}, "h")
    assert _levels(story) == {"o": 0, "a": 1, "new": 2, "old": 1, "on": 1, "h": 0}
    story = _adventure({"o": None, "a": "o", "old": "a", "new": "a", "h": "o"}, "h")
    assert _levels(story) == {"o": 0, "a": 1, "old": 2, "new": 1, "h": 0}


def test_a_game_in_which_every_turn_was_retried_is_not_indented_turn_by_turn() -> None:
    parents: dict[str, str | None] = {"0": None}
    for number in range(1, 600):
        parents[str(number)] = parents[f"{number} again"] = str(number - 1)
    parents["another start"] = "0"
    levels = _levels(_adventure(parents, "another start"))
    assert max(levels.values()) == 2
    assert len(levels) == len(parents)


def test_the_levels_are_few_however_turns_branch() -> None:
    parents = {str(number): str((number - 1) // 2) if number else None for number in range(1023)}
    assert max(_levels(_adventure(parents, "1022")).values()) <= log2(1023) + 1


def test_many_turns_after_the_same_one_take_no_longer_each() -> None:
    parents: dict[str, str | None] = {"o": None} | {str(number): "o" for number in range(20_000)}
    assert len(_levels(_adventure(parents, "7"))) == 20_001
