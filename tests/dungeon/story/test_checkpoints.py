"""Test which turn a checkpoint's name means, and how names are given, carried and forgotten."""

from dataclasses import replace

from dungeon.story import Adventure, Kind, Turn, branching, checkpoints
from dungeon.story.checkpoints import CheckpointRow

NAMES = {"the ford": ("2", "2b"), "the barn": ("3",)}


def tree() -> Adventure:
    """Return a line 1, 2, 3, and one that leaves it behind 1: 2b, 3b, which is played."""
    adventure = Adventure("a", "The Boathouse")
    for name, parent in (("1", None), ("2", "1"), ("3", "2"), ("2b", "1"), ("3b", "2b")):
        adventure = adventure.with_turn(Turn(name, parent, Kind.DO, "You go.", f"At {name}."))
    return replace(adventure, checkpoints=NAMES)


def test_a_name_means_the_turn_on_the_line_that_is_played() -> None:
    assert checkpoints.turn_of(tree(), "the ford") == "2b"
    assert checkpoints.turn_of(tree().with_head("1"), "the ford") == "2b"  # redo leads there
    assert checkpoints.turn_of(tree().with_head("3"), "the ford") == "2"
    assert checkpoints.turn_of(tree(), "the barn") == "3"
    apart = tree().with_turn(Turn("4", "1", Kind.DO, "You sit.", "It rains."))
    assert checkpoints.turn_of(apart, "the ford") == "2b"
    assert branching.find_turn(tree().with_head("3"), "the ford").id == "2"
    assert branching.names_of_turns(tree()) == {"2": "the ford", "2b": "the ford", "3": "the barn"}


def test_lists_show_every_turn_of_a_name_the_one_that_it_means_first() -> None:
    assert list(checkpoints.rows(tree())) == [
        CheckpointRow("the ford", "2b", is_elsewhere=False),
        CheckpointRow("the ford", "2", is_elsewhere=True),
        CheckpointRow("the barn", "3", is_elsewhere=False),
    ]


def test_names_are_carried_once_to_the_turns_that_stand_in_their_place() -> None:
    carried = checkpoints.carry(NAMES, {"2": "2c", "3": "3c"})
    assert carried == {"the ford": ("2", "2b", "2c"), "the barn": ("3", "3c")}
    again = checkpoints.carry({"the ford": ("2", "2c")}, {"2": "2c"})
    assert again == {"the ford": ("2", "2c")}


def test_a_name_is_forgotten_for_one_turn_alone() -> None:
    left = checkpoints.without(NAMES, "the ford", "2b")
    assert left == {"the ford": ("2",), "the barn": ("3",)}
    assert checkpoints.without(left, "the ford", "2") == {"the barn": ("3",)}
    assert checkpoints.with_name(NAMES, "the ford", "3") == {"the ford": ("3",), "the barn": ("3",)}


def test_a_fork_keeps_the_names_of_its_line() -> None:
    assert branching.fork(tree(), "3b", "Fork").checkpoints == {"the ford": ("2b",)}


def test_a_turn_is_on_the_first_branch_that_has_it() -> None:
    assert branching.numbers_of_branches(tree()) == {"3": 1, "2": 1, "1": 1, "3b": 2, "2b": 2}
