"""The plan of a training on replies says what it does not do as asked."""

from typing import Any

import pytest

from dungeon.errors import InputRefused
from training.preferences.plan import RULES
from training.replies.plan import make_plan
from training.trainer.plan import Plan


def plan(**overrides: Any) -> Plan:
    return make_plan(RULES, 24, 6, context_length=128, is_gpu=False, overrides=overrides)


def test_more_steps_than_all_epochs_have_are_not_taken_in_silence() -> None:
    found = plan(max_steps=1_000)
    assert found.max_steps == 6
    assert found.reasons["max_steps"] == "all of 2 epochs, fewer than the 1,000 allowed"
    fewer = plan(max_steps=5)
    assert fewer.max_steps == 5
    assert "max_steps" not in fewer.reasons


def test_a_warmup_of_all_steps_is_refused() -> None:
    with pytest.raises(InputRefused, match="the training has 6 steps"):
        plan(warmup_steps=6)


def test_what_is_for_other_trainings_is_refused_by_the_name_of_this_one() -> None:
    with pytest.raises(InputRefused, match="--eval-rows does not apply to --preferences"):
        plan(eval_rows=3)
