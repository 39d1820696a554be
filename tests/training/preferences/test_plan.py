"""The plan of preference tuning says what it does not do as asked."""

import pytest

from dungeon.errors import InputRefused
from training.preferences.plan import make_plan


def test_more_steps_than_all_epochs_have_are_not_taken_in_silence() -> None:
    plan = make_plan(24, 6, context_length=128, is_gpu=False, overrides={"max_steps": 1_000})
    assert plan.max_steps == 6
    assert plan.reasons["max_steps"] == "all of 2 epochs, fewer than the 1,000 allowed"
    fewer = make_plan(24, 6, context_length=128, is_gpu=False, overrides={"max_steps": 5})
    assert fewer.max_steps == 5
    assert "max_steps" not in fewer.reasons


def test_a_warmup_of_all_steps_is_refused() -> None:
    with pytest.raises(InputRefused, match="the training has 6 steps"):
        make_plan(24, 6, context_length=128, is_gpu=False, overrides={"warmup_steps": 6})
