"""A failed roll whose reply tells a success is found, and a failure told as one is not."""

import pytest

from dungeon.dice import Roll, contradicts_roll, reply_beginning

TOLD_AS_DONE = [
    ("You cut the ropes with the knife.", "they break."),
    ("You cut the rope.", "it breaks."),
    ("You pull the stone off its head.", "it moves."),
    ("You push the big stone.", "the stone rolls away."),
    ("You hit Chief Murgo on the head with the club.", "he falls."),
    ("You kill the king.", "he screams and falls."),
    ("You stab the big toe with the bread fork.", "the fork hits the toe."),
    ("You throw a stone at Miss Zool.", "the stone hits her head. She looks up."),
    ("You stab the old man with an arrow.", "it hits his side. He falls down."),
    ("You shoot the guard.", "the arrow goes through the skin and lands in his ear."),
    ("You stab the wolf.", "the wolf falls."),
    ("You tie the string to the line.", "the knot holds."),
    ("You open the door.", "it opens."),
    ("You pick the old lock.", "the old lock clicks."),
    ("You burn the letter.", "it burns."),
    ("You persuade the guard to leave.", "he agrees."),
    ("You sneak past the dragon.", "it does not see you."),
    ("You sneak past the guards.", "they do not notice you."),
]

FAILURES = [
    ("You cut the rope with the knife.", "it breaks."),  # the knife
    ("You cut the rope.", "it does not break."),
    ("You pull the stone.", "it does not move."),
    ("You push the grate over the hole.", "the grate doesn't move."),
    ("You hit the guard.", "he hits you."),
    ("You hit the guard.", "he falls back and draws his sword."),
    ("You stab the wolf.", "it bites your hand."),
    ("You shoot the cow.", "the arrow hits her horn and breaks."),
    ("You shoot the man through the door.", "the bullet hits the door."),
    ("You throw the gun out of the window.", "it hits the window."),
    ("You throw the stone at the king.", "it hits the wall."),
    ("You open the door.", "it is locked."),
    ("You open the door.", "a dog opens its eyes."),
    ("You open the box.", "a window opens."),
    ("You break the door.", "your arm breaks."),
    ("You hit the guard.", "a cup falls."),
    ("You lie to the guard.", "he does not believe you."),
    ("You sneak past the dragon.", "it sees you."),
    ("You jump over the gap.", "you fall."),
    ("You climb the wall.", ""),
]


def told(action: str, die: int, rest: str) -> bool:
    rolled = f"{action} {Roll(die).sentence}"
    return contradicts_roll(rolled, f"{reply_beginning(rolled)} {rest}")


@pytest.mark.parametrize(("action", "rest"), TOLD_AS_DONE)
def test_a_success_behind_a_failed_roll_is_found(action: str, rest: str) -> None:
    assert told(action, 6, rest)


@pytest.mark.parametrize(("action", "rest"), FAILURES)
def test_a_failure_is_none(action: str, rest: str) -> None:
    assert not told(action, 6, rest)


def test_it_is_found_where_the_roll_failed_badly_as_well() -> None:
    assert told("You hit the king.", 1, "he falls.")


def test_a_success_of_a_roll_that_succeeded_is_none() -> None:
    assert not told("You hit the king.", 15, "he falls.")
    assert not told("You hit the king.", 20, "he falls.")


def test_without_a_roll_nothing_is_contradicted() -> None:
    assert not contradicts_roll("You hit the king.", "You try to hit the king, but he falls.")


def test_a_reply_that_begins_otherwise_is_left_alone() -> None:
    action = f"You hit the king. {Roll(6).sentence}"
    assert not contradicts_roll(action, "The king falls.")
    assert not contradicts_roll(action, "You fail, and the king falls.")
    assert not contradicts_roll(action, "")
