"""Plan evaluations, and the steps of a training with a time limit, from the measured speed.

Pure functions; nothing is measured here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from dungeon.errors import InputRefused
from training.models.record import format_duration
from training.trainer import hyperparameters as rules
from training.trainer.hyperparameters import EVALUATION_SHARE
from training.trainer.plan import Plan
from training.trainer.samples import MAX_TOKENS
from training.trainer.speed import Speed

MIN_SAMPLE_TOKENS = 8

_MARGIN = 0.03
"""Share of a time limit that is not planned with."""
_MARGIN_SECONDS = 5.0
"""Loading the libraries before the clock starts, and leaving."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds that a step and an evaluation take."""

    step: float
    row: float
    """A held-out row, all devices reading at once."""
    checkpoint: float
    finish: float
    """Saving after the last step, and writing the model."""
    speed: Speed

    @classmethod
    def of(cls, speed: Speed, plan: Plan, devices: int) -> "Costs":
        """Return what they are for a plan."""
        return cls(
            step=speed.micro_batch * plan.gradient_accumulation_steps,
            row=speed.eval_batch / plan.micro_batch_size / devices,
            checkpoint=speed.checkpoint,
            finish=speed.checkpoint + speed.model,
            speed=speed,
        )

    def evaluation(self, rows: int, sample_tokens: int) -> float:
        """Return the seconds of an evaluation of `rows` held-out rows, with its samples."""
        return rows * self.row + self.speed.samples(sample_tokens)


def plan_time(
    plan: Plan,
    costs: Costs,
    held_out_rows: int,
    overrides: Mapping[str, Any],
    *,
    seconds: float | None = None,
) -> Plan:
    """Return the plan with evaluations that take at most a twentieth of the time.

    With `seconds` it has as many steps as fit into that time with evaluations and saving, at most
    those it had. Values in `overrides` stay as they are. Raises InputRefused where the time is too
    short for a single step.
    """
    if seconds is None:
        total = plan.max_steps * costs.step / (1 - EVALUATION_SHARE)
        return _plan_evaluations(plan, costs, total, held_out_rows, overrides)
    usable = usable_seconds(seconds) - costs.finish
    total = min(usable, plan.max_steps * costs.step / (1 - EVALUATION_SHARE))
    most = min(plan.max_steps, max(math.floor(total / costs.step), 1))
    timed = replace(plan, max_steps=most)
    timed = _plan_evaluations(timed, costs, max(total, 0.0), held_out_rows, overrides)
    steps = steps_within(usable, timed, costs)
    if steps < 1:
        least = costs.finish + costs.step + 2 * costs.evaluation(1, MIN_SAMPLE_TOKENS)
        minutes = math.ceil((least + _MARGIN_SECONDS) / (1 - _MARGIN) / 60 + 0.5)
        raise InputRefused(
            f"The time does not suffice: one step takes about {format_duration(costs.step)} here, "
            f"and {format_duration(max(seconds, 0))} are left once the model is loaded. Give "
            f"{minutes} more minutes with --minutes, or a smaller --batch-size."
        )
    if steps >= plan.max_steps:
        return replace(timed, max_steps=plan.max_steps)
    reasons = timed.reasons | {"max_steps": f"what fits into {format_duration(seconds)}"}
    warmup = timed.warmup_steps
    if "warmup_steps" not in overrides:
        warmup = rules.choose_warmup_steps(steps).value
    return replace(timed, max_steps=steps, warmup_steps=min(warmup, steps - 1), reasons=reasons)


def usable_seconds(seconds: float) -> float:
    """Return what can be planned with of the seconds that are left."""
    return seconds * (1 - _MARGIN) - _MARGIN_SECONDS


def steps_within(seconds: float, plan: Plan, costs: Costs, *, evaluated: bool = False) -> int:
    """Return how many steps fit into `seconds`, with evaluations and checkpoints.

    One evaluation comes before the first step, unless that is `evaluated`, and one after the last.
    """
    evaluation = costs.evaluation(plan.eval_rows, plan.sample_tokens)
    pause = evaluation + costs.checkpoint
    seconds -= 0 if evaluated else evaluation
    period = plan.eval_steps * costs.step + pause
    periods = max(math.floor(seconds / period), 0)
    rest = math.floor((seconds - periods * period - pause) / costs.step)
    return periods * plan.eval_steps + max(rest, 0)


def _plan_evaluations(
    plan: Plan, costs: Costs, total: float, held_out_rows: int, overrides: Mapping[str, Any]
) -> Plan:
    """Return the plan with as many evaluations, of as many rows, as a share of `total` allows.

    Few thorough evaluations are better than many that are noise: there are fewer of them before
    they read fewer than MIN_EVAL_TOKENS, and at least two, before and after training.
    """
    budget = EVALUATION_SHARE * total
    samples = costs.speed.samples()
    most = rules.EVALUATIONS + 1
    fixed_rows, fixed_steps = overrides.get("eval_rows"), overrides.get("eval_steps")
    enough = math.ceil(rules.MIN_EVAL_TOKENS / plan.max_seq_length)
    enough = min(fixed_rows or enough, held_out_rows)
    count = math.floor(budget / (enough * costs.row + samples))
    count = min(max(count, 2), most, plan.max_steps + 1)
    if fixed_steps:
        count = math.ceil(plan.max_steps / fixed_steps) + 1
    each = budget / count
    tokens = MAX_TOKENS
    if samples > each / 2:
        spare = each / 2 - costs.speed.sample_start
        tokens = min(MAX_TOKENS, 1 + math.floor(spare / max(costs.speed.sample_token, 1e-9)))
        tokens = max(tokens, MIN_SAMPLE_TOKENS)
    rows = math.floor((each - costs.speed.samples(tokens)) / costs.row)
    rows = fixed_rows or min(max(rows, 1), held_out_rows)
    rows = min(rows, held_out_rows)
    steps = fixed_steps or math.ceil(plan.max_steps / (count - 1))
    reasons = dict(plan.reasons)
    share = f"evaluations take at most {EVALUATION_SHARE:.0%} of the time"
    if not fixed_rows:
        reasons["eval_rows"] = "all held-out text" if rows == held_out_rows else share
    if not fixed_steps:
        reasons["eval_steps"] = f"{share}, and are at most {most}"
    return replace(plan, eval_rows=rows, eval_steps=steps, sample_tokens=tokens, reasons=reasons)


def describe_time(plan: Plan, costs: Costs, *, steps_left: int, evaluates_first: bool) -> str:
    """Return an estimate of what is left of a run, as a sentence."""
    count = math.ceil(steps_left / plan.eval_steps) + evaluates_first
    evaluation = costs.evaluation(plan.eval_rows, plan.sample_tokens)
    training, evaluating = steps_left * costs.step, count * evaluation
    total = training + evaluating + count * costs.checkpoint + costs.finish
    return (
        f"This takes about {format_duration(total)} here: {steps_left:,} steps of about "
        f"{_short(costs.step)}, and {count} evaluations of about {_short(evaluation)} each "
        f"({evaluating / max(total, 1e-9):.0%} of the time). It ends sooner if it stops improving."
    )


def _short(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else format_duration(seconds)
