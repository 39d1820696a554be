"""Test that numbers stand with the right form of their nouns."""

from dungeon.text.counts import count, numbered


def test_one_is_singular_and_everything_else_is_not() -> None:
    assert [count(number, "slot") for number in (0, 1, 2, 1234)] == [
        "0 slots", "1 slot", "2 slots", "1,234 slots",
    ]  # fmt: skip
    assert count(2, "story", "stories") == "2 stories"
    assert numbered(3, "branch", "branches") == "There are branches 1 to 3"
    assert numbered(1, "turn") == "There is only turn 1"
