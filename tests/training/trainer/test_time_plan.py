from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from tests.rows import every_row
from training.trainer.hyperparameters import EVALUATION_SHARE, MIN_EVAL_TOKENS
from training.trainer.plan import EMPTY_PLAN, Plan
from training.trainer.speed import Speed
from training.trainer.time_plan import Costs, describe_time, plan_time

SPEED = Speed(
    micro_batch=2.0,
    eval_batch=0.7,
    sample_start=0.5,
    sample_token=0.1,
    checkpoint=1.0,
    model=0.5,
)
"""An adapter for SmolLM2 on two cores, two rows of 512 at a time."""

PLAN = replace(
    EMPTY_PLAN,
    max_seq_length=512,
    batch_size=8,
    micro_batch_size=2,
    gradient_accumulation_steps=4,
    max_steps=500,
    warmup_steps=40,
)
COSTS = Costs.of(SPEED, PLAN, devices=1)


def seconds(plan: Plan, costs: Costs = COSTS) -> tuple[float, float]:
    """Return the time of the evaluations, and of everything."""
    count = -(-plan.max_steps // plan.eval_steps) + 1
    evaluations = count * costs.evaluation(plan.eval_rows, plan.sample_tokens)
    saving = (count - 1) * costs.checkpoint + costs.finish
    return evaluations, evaluations + saving + plan.max_steps * costs.step


def test_evaluations_take_a_twentieth_of_the_time_at_most() -> None:
    made = plan_time(PLAN, COSTS, 10_000, {})
    evaluations, total = seconds(made)
    assert 0.8 * EVALUATION_SHARE < evaluations / total <= EVALUATION_SHARE
    assert made.max_steps == PLAN.max_steps
    assert made.eval_rows * 512 >= MIN_EVAL_TOKENS
    assert "5%" in made.reasons["eval_rows"]


def test_little_held_out_text_is_read_as_a_whole_and_often() -> None:
    made = plan_time(PLAN, COSTS, 3, {})
    assert made.eval_rows == 3
    assert made.eval_steps == 25
    assert made.reasons["eval_rows"] == "all held-out text"


def test_a_short_training_has_two_evaluations_with_shorter_samples() -> None:
    made = plan_time(replace(PLAN, max_steps=20), COSTS, 10_000, {})
    evaluations, total = seconds(made)
    assert made.eval_steps == 20
    assert made.sample_tokens < 48
    assert made.eval_rows < MIN_EVAL_TOKENS / 512
    assert evaluations <= EVALUATION_SHARE * total


def test_what_the_user_sets_stays() -> None:
    made = plan_time(PLAN, COSTS, 10_000, {"eval_rows": 7, "eval_steps": 9})
    assert (made.eval_rows, made.eval_steps) == (7, 9)
    assert made.reasons == {}


@given(
    minutes=st.floats(3, 10_000),
    micro_batch=st.floats(0.001, 10),
    steps=st.integers(1, 100_000),
    held_out=st.integers(1, 10_000),
)
def test_everything_fits_into_the_minutes(
    minutes: float, micro_batch: float, steps: int, held_out: int
) -> None:
    speed = replace(SPEED, micro_batch=micro_batch, eval_batch=micro_batch / 3)
    plan = replace(PLAN, max_steps=steps, warmup_steps=min(40, steps - 1))
    costs = Costs.of(speed, plan, devices=1)
    made = plan_time(plan, costs, held_out, {}, seconds=60 * minutes)
    assert 1 <= made.max_steps <= steps
    assert made.warmup_steps < made.max_steps or made.max_steps == 1
    _, total = seconds(made, costs)
    assert total <= 60 * minutes
    if made.max_steps < steps:
        assert total > 0.75 * 60 * minutes


def test_too_few_minutes_are_refused_with_how_many_are_needed() -> None:
    with pytest.raises(InputRefused, match=r"one step takes about 8 s.*--minutes"):
        plan_time(PLAN, COSTS, 10_000, {}, seconds=10)


def test_several_devices_share_the_rows_of_an_evaluation() -> None:
    assert Costs.of(SPEED, PLAN, devices=4).row == COSTS.row / 4


@every_row(("steps_left", "count"), [(500, 6), (50, 2)])
def test_the_estimate_names_steps_and_evaluations(steps_left: int, count: int) -> None:
    plan: Any = replace(PLAN, eval_steps=100, eval_rows=10)
    line = describe_time(plan, COSTS, steps_left=steps_left, evaluates_first=True)
    assert f"{steps_left} steps of about 8 s" in line
    assert f"{count} evaluations of about 8.7 s each" in line
    assert line.startswith("This takes about")
