"""Test finding turns, comparing branches and forking, on a small tree."""

from dataclasses import replace

import pytest

from dungeon.errors import InputRefused
from dungeon.story import Adventure, Kind, StorySummary, Turn, branching
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.rows import every_row


def tree() -> Adventure:
    adventure = Adventure("a", "The Boathouse", memory="You row.", lore="[]", tags=("wet",))
    for name, parent, action in (
        ("1", None, ""),
        ("2", "1", "You go."),
        ("3", "2", "You run."),
        ("4", "2", "You hide."),
        ("5", "4", "You wait."),
    ):
        kind = Kind.DO if parent else Kind.OPENING
        adventure = adventure.with_turn(Turn(name, parent, kind, action, f"Text {name}."))
    summaries = (StorySummary("a", "2", "1", "You row."), StorySummary("b", "4", "2", "You hid."))
    events = tuple(
        StateEvent(turn, Change(Category.ITEM, name), Decision.ACCEPTED, Source.PLAYER)
        for turn, name in (("2", "an oar"), ("5", "a rake"))
    )
    return replace(
        adventure,
        checkpoints={"The Bridge": ("3",), "The Barn": ("5",)},
        favourite=True,
        summaries=summaries,
        state_events=events,
    )


def ids(turns: tuple[Turn, ...]) -> str:
    return "".join(turn.id for turn in turns)


@every_row(
    ("left", "right", "parts"),
    [
        ("5", "3", ("12", "45", "3")),
        ("2", "5", ("12", "", "45")),
        ("5", "5", ("1245", "", "")),
    ],
)
def test_two_branches_part_where_their_lines_differ(
    left: str, right: str, parts: tuple[str, str, str]
) -> None:
    found = branching.compare(tree(), left, right)
    assert (ids(found.shared), ids(found.left), ids(found.right)) == parts


def test_a_compared_line_is_called_by_what_the_player_knows_it_by() -> None:
    adventure = tree()
    head = adventure.head or ""
    assert branching.name_of_line(adventure, head) == "The current line"
    elsewhere = replace(adventure, head="2")
    assert branching.name_of_line(elsewhere, "3") == "“The Bridge”"
    assert branching.name_of_line(replace(elsewhere, checkpoints={}), "5") == "Branch 2"


def test_a_turn_is_found_by_the_beginning_of_its_id() -> None:
    adventure = tree().with_turn(Turn("3a", "3", Kind.CONTINUE, "", "It goes on."))
    assert branching.find_by_id(adventure, "3").id == "3"
    assert branching.find_by_id(adventure, "3a").id == "3a"
    for wrong in ("", "7"):
        with pytest.raises(InputRefused, match="turns of “The Boathouse” begin with"):
            branching.find_by_id(adventure, wrong)


def test_a_fork_is_the_line_with_all_that_belongs_to_it() -> None:
    origin = tree()
    forked = branching.fork(origin, "3", "The Other Bank")
    assert ids(tuple(forked.turns.values())) == "123"
    assert [turn.sha256 for turn in forked.path()] == [t.sha256 for t in origin.path_to("3")]
    assert (forked.head, forked.tip, forked.origin) == ("3", "3", "a/3")
    assert (forked.memory, forked.lore, forked.tags) == ("You row.", "[]", ("wet",))
    assert dict(forked.checkpoints) == {"The Bridge": ("3",)}
    assert [event.change.name for event in forked.state_events] == ["an oar"]
    assert forked.id != origin.id
    assert not forked.favourite
    assert [summary.id for summary in forked.summaries] == ["a"]


@every_row(("where", "found"), [("1", "1"), ("4", "5"), ("the bridge", "3"), ("The BA", "5")])
def test_a_turn_is_found_by_number_or_checkpoint(where: str, found: str) -> None:
    assert branching.find_turn(tree(), where).id == found


@every_row(
    ("where", "said"),
    [
        ("0", "turns 1 to 4"),
        ("5", "turns 1 to 4"),
        ("", "no turn"),
        ("The B", "Several.*The Bridge, The Barn"),
        ("²", "no turn"),
        ("9" * 5000, "turns 1 to 4"),
        ("x" * 5000, "no turn or checkpoint “x{59}…”"),
    ],
)
def test_a_turn_that_is_not_there_is_refused(where: str, said: str) -> None:
    with pytest.raises(InputRefused, match=said):
        branching.find_turn(tree(), where)


def test_a_branch_is_found_by_number_or_checkpoint() -> None:
    assert branching.find_branch(tree(), "1").id == "3"
    assert branching.find_branch(tree(), "the barn").id == "5"
    for where, said in (("3", "branches 1 to 2"), ("mill", "no branch or checkpoint")):
        with pytest.raises(InputRefused, match=said):
            branching.find_branch(tree(), where)


def test_several_names_of_a_turn_are_shown_together() -> None:
    named = replace(tree(), checkpoints={"a": ("3",), "b": ("3",)})
    assert branching.names_of_turns(named) == {"3": "a, b"}
