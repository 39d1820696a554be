"""Test what a roll decides, and how it is said and kept."""

from hypothesis import given
from hypothesis import strategies as st

from dungeon.dice import Roll, has_roll, parse_roll, without_roll
from dungeon.dice.roll import Outcome, outcome_of
from tests.rows import every_row


def test_a_one_fails_and_a_twenty_succeeds_whatever_is_added() -> None:
    outcomes = [Roll(value).outcome for value in range(1, 21)]
    assert outcomes == ["fail badly", *["fail"] * 9, *["succeed"] * 9, "succeed brilliantly"]
    assert Roll(1, 2, "luck", 5).outcome is Outcome.FAILS_BADLY
    assert Roll(20, 20, "luck", -5).outcome is Outcome.SUCCEEDS_BRILLIANTLY


@every_row(
    ("roll", "sentence", "explanation"),
    [
        (Roll(14), "(You roll 14 of 20 and succeed.)", "die 14, needed 11: you succeed"),
        (
            Roll(9, 11, "dexterity", 2),
            "(You roll 9 of 20 and succeed.)",
            "die 9 + dexterity 2 = 11, needed 11: you succeed",
        ),
        (
            Roll(2, 12, "wits", -3),
            "(You roll 2 of 20 and fail.)",
            "die 2 − wits 3 = −1, needed 12: you fail",
        ),
        (
            Roll(1, 2, "charm", 5),
            "(You roll 1 of 20 and fail badly.)",
            "die 1 + charm 5 = 6, needed 2: you fail badly, as a 1 always does",
        ),
    ],
)
def test_the_text_names_the_die_and_the_screen_the_reckoning(
    roll: Roll, sentence: str, explanation: str
) -> None:
    assert (roll.sentence, roll.explanation) == (sentence, explanation)


@given(
    st.integers(1, 20),
    st.integers(2, 20),
    st.integers(-5, 5),
    st.sampled_from(["", "wits", "Glück"]),
)
def test_a_roll_is_kept_and_found_in_an_action(
    die: int, threshold: int, modifier: int, name: str
) -> None:
    roll = Roll(die, threshold, name, modifier)
    assert parse_roll(roll.dump()) == roll
    action = f"You jump. {roll.sentence}"
    assert has_roll(action)
    assert (without_roll(action), outcome_of(action)) == ("You jump.", roll.outcome)


@every_row("stored", ["", "x", "21 11 +0", "0 11 +0", "9 11", "9 11 2 wits"])
def test_what_is_no_roll_is_none(stored: str) -> None:
    assert parse_roll(stored) is None
    assert not has_roll(f"You jump. {stored}")
