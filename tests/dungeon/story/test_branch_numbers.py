"""Test that turns are on the branches that are listed, whatever the tree looks like."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dungeon.story import Adventure, Kind, Turn, branching
from dungeon.story.branch_numbers import PLAYED, BranchNumbers, Run


@st.composite
def trees(draw: st.DrawFn) -> Adventure:
    """An adventure whose turns mostly follow the one before, with numbers for ids."""
    adventure = Adventure("a", "A Tree")
    for number in range(draw(st.integers(1, 24))):
        earlier = st.integers(0, number - 1).map(str) if number else st.none()
        last = st.just(str(number - 1)) if number else st.none()
        parent = draw(last | last | earlier)
        kind = Kind.DO if parent else Kind.OPENING
        adventure = adventure.with_turn(Turn(str(number), parent, kind, "You go.", "You went."))
    return adventure


def runs_of(adventure: Adventure) -> list[Run]:
    runs: list[Run] = []
    for turn in adventure.turns.values():
        number, parent = int(turn.id), int(turn.parent) if turn.parent else None
        if runs and runs[-1].last == parent:
            runs[-1] = replace(runs[-1], last=number)
        else:
            runs.append(Run(number, number, parent))
    return runs


@given(trees(), st.data())
def test_turns_are_on_the_first_of_their_branches(
    adventure: Adventure, data: st.DataObject
) -> None:
    tip = data.draw(st.none() | st.sampled_from(list(adventure.turns)))
    branches = BranchNumbers(runs_of(adventure), int(tip) if tip else None)
    lines = [adventure.path_to(end.id) for end in adventure.branch_ends()]
    assert branches.count == len(lines)
    played = {turn.id for turn in adventure.path_to(tip)} if tip else set()
    for turn in adventure.turns.values():
        number = branches.branch_of(int(turn.id))
        assert (number == PLAYED) is (turn.id in played)
        if number != PLAYED:
            assert branching.find_branch(adventure, str(number)) == lines[number - 1][-1]
            assert number == 1 + next(i for i, line in enumerate(lines) if turn in line)


def test_an_adventure_without_turns_has_no_branch() -> None:
    assert BranchNumbers([], None).count == 0


def test_damaged_runs_say_no_more_than_they_hold() -> None:
    assert BranchNumbers([], 7).branch_of(7) == PLAYED
    assert BranchNumbers([Run(3, 4, 3), Run(5, 2, 9)], 9).branch_of(9) == PLAYED
