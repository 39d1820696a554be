"""Keep a training within a time limit: a callback of the transformers Trainer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback

from dungeon.text.counts import count
from training.models.record import format_duration
from training.trainer.console import ProgressReporter
from training.trainer.plan import Plan
from training.trainer.time_plan import Costs, steps_within, usable_seconds

_DEVIATION = 0.05
"""Share of the steps left by which they have to change before the plan is changed."""

_SMOOTHING = 0.1
"""Weight of the last step in the average of their times."""

_INTERVAL = 0.05
"""Share of the whole time between two changes of the plan."""


@dataclass(eq=False)
class TimeLimit(TrainerCallback):
    """Change the number of steps with the measured speed, and end in time.

    Rows of evaluations stay the same, so that their losses compare.
    """

    deadline: float
    """When the run has to be over, on `clock`."""
    plan: Plan
    costs: Costs
    all_steps: int
    """As many steps as the epochs have; more are never taken."""
    reporter: ProgressReporter
    clock: Callable[[], float] = time.monotonic

    def on_train_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Let a resumed training end where it was planned to end today."""
        self._mark = self.clock()
        self._evaluations, self._slowest_save = 0, 0.0
        self._interval = _INTERVAL * (self.deadline - self._mark)
        self._next_change = self._mark + self._interval
        if state.max_steps != self.plan.max_steps:
            self._end_at(state, self.plan.max_steps, rest["lr_scheduler"])

    def on_step_begin(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Start the clock of a step."""
        self._mark = self.clock()

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Change the last step where the speed has changed; end where the time is over."""
        now = self.clock()
        step = self.costs.step + _SMOOTHING * (now - self._mark - self.costs.step)
        self.costs, self._mark = replace(self.costs, step=step), now
        if control.should_training_stop or state.global_step % _interval(args):
            return
        steps = min(self._steps_left(), self.all_steps - state.global_step)
        if args.world_size > 1:
            steps = _least(steps, args.device)
        planned = state.max_steps - state.global_step
        if steps < 1:
            self._end_at(state, state.global_step, rest["lr_scheduler"])
            control.should_training_stop = control.should_evaluate = control.should_save = True
        elif now >= self._next_change and abs(steps - planned) > max(_DEVIATION * planned, 1):
            self._next_change = now + self._interval
            self._end_at(state, state.global_step + steps, rest["lr_scheduler"])

    def on_evaluate(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Learn what an evaluation takes: the last one may be as slow as the slowest so far."""
        now = self.clock()
        expected = self.costs.evaluation(self.plan.eval_rows, self.plan.sample_tokens)
        factor = (now - self._mark) / expected
        factor = factor if self._evaluations == 0 else max(factor, 1.0)
        self._evaluations += 1
        speed = self.costs.speed
        self.costs = replace(
            self.costs,
            row=self.costs.row * factor,
            speed=replace(
                speed,
                sample_start=speed.sample_start * factor,
                sample_token=speed.sample_token * factor,
            ),
        )
        self._mark = now

    def on_save(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Learn what a checkpoint takes."""
        seconds = max(self.clock() - self._mark, self._slowest_save)
        self._slowest_save = seconds
        self.costs = replace(
            self.costs, checkpoint=seconds, finish=seconds + self.costs.speed.model
        )

    def _steps_left(self) -> int:
        """Return how many steps fit into the time that is left."""
        left = usable_seconds(self.deadline - self.clock()) - self.costs.finish
        return steps_within(left, self.plan, self.costs, evaluated=True)

    def _end_at(self, state: Any, max_steps: int, scheduler: Any) -> None:
        left = format_duration(max(self.deadline - self.clock(), 0))
        self.reporter.log(
            f"{count(max_steps, 'step')} instead of {state.max_steps}, for {left} are left; the "
            "learning rate falls to zero in them."
        )
        scheduler.lr_lambdas[0].end_at(max_steps, state.global_step)
        state.max_steps = max_steps


def _interval(args: Any) -> int:
    """Return the steps between two decisions; several processes agree seldom, which takes time."""
    return int(args.logging_steps) if args.world_size > 1 else 1


def _least(steps: int, device: torch.device) -> int:
    """Return the fewest steps that any process has time for."""
    value = torch.tensor(steps, device=device)
    dist.all_reduce(value, dist.ReduceOp.MIN)
    return int(value)
