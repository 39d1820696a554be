"""How a reward model is asked for a score."""

import pytest

from dungeon.generator.reward_prompt import SCORES, expected_score, reward_prompt


def test_the_score_follows_the_reply() -> None:
    asked = reward_prompt("A door.\n\n> You open it.", "It is locked.")
    assert asked == "A door.\n\n> You open it.\n\nIt is locked.\n\nScore:"


def test_the_expected_score_is_the_mean_of_all_five() -> None:
    assert expected_score([0, 0, 0, 0, 1]) == len(SCORES) - 1
    assert expected_score([0.1, 0, 0, 0, 0.1]) == pytest.approx(2)
    assert expected_score([0, 0, 0, 0, 0]) == 0
