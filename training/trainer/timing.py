"""Measure the speed of a prepared run, plan its time with it, and say what it will take."""

import time
from collections.abc import Callable
from dataclasses import replace

from dungeon.errors import InputRefused
from dungeon.text.counts import count
from training.data import mixture
from training.models.loading import LoadedModel
from training.trainer import checkpoints
from training.trainer.console import ProgressReporter
from training.trainer.model_setup import PreparedModel
from training.trainer.setup import TrainSetup
from training.trainer.speed import Speed, measure_speed
from training.trainer.time_limit import TimeLimit
from training.trainer.time_plan import Costs, describe_time, plan_time

MeasureSpeed = Callable[..., Speed]
"""`measure_speed`, or what stands in for it."""


def time_run(
    setup: TrainSetup,
    prepared: PreparedModel,
    base: LoadedModel,
    reporter: ProgressReporter,
    *,
    deadline: float | None,
    measure: MeasureSpeed = measure_speed,
) -> tuple[TrainSetup, TimeLimit | None]:
    """Return the setup with its time planned, and what keeps a `deadline` on the monotonic clock.

    A new run is recorded. With a deadline, one that is resumed is planned anew, too. Where the
    weights are sharded nothing is measured or planned. Raises InputRefused where the time does not
    suffice.
    """
    run, device, is_new = setup.run, setup.device, setup.is_new
    if setup.is_sharded:
        if deadline is not None:
            raise InputRefused(
                "--minutes needs the speed, which is not measured where the weights are sharded "
                "over several devices. Give --max-steps instead."
            )
        setup = _record(setup)
        _describe(setup, reporter, is_new=is_new)
        return setup, None
    reporter.log("Measuring the speed …")
    speed = measure(prepared, setup.train, run.plan, setup.isolation, device, base.tokenizer)
    costs = Costs.of(speed, run.plan, device.world_size)
    latest = checkpoints.find_latest(setup.folder.checkpoints)
    done = 0 if latest is None else checkpoints.checkpoint_step(latest) or 0
    if is_new or deadline is not None:
        left = None if deadline is None else deadline - time.monotonic()
        setup = _plan(setup, costs, done, left)
    setup = _record(setup)
    _describe(setup, reporter, is_new=is_new)
    plan = setup.run.plan
    reporter.log(
        describe_time(plan, costs, steps_left=plan.max_steps - done, evaluates_first=latest is None)
    )
    if deadline is None:
        return setup, None
    return setup, TimeLimit(deadline, plan, costs, setup.all_steps, reporter)


def _plan(setup: TrainSetup, costs: Costs, done: int, seconds: float | None) -> TrainSetup:
    """Return the setup with a plan for the time that is left, after the steps that are `done`."""
    plan, overrides = setup.run.plan, dict(setup.run.overrides)
    steps = (plan.max_steps if seconds is None else setup.all_steps) - done
    if not setup.is_new:  # losses compare only on the same rows
        overrides |= {"eval_rows": plan.eval_rows, "warmup_steps": plan.warmup_steps}
    if steps > 0:
        plan = replace(plan, max_steps=steps)
        plan = plan_time(plan, costs, len(setup.held_out), overrides, seconds=seconds)
        plan = replace(plan, max_steps=done + plan.max_steps)
    return replace(setup, run=replace(setup.run, plan=plan))


def _record(setup: TrainSetup) -> TrainSetup:
    """Return the setup of a run that is recorded, with its final plan."""
    if setup.device.is_main_process:
        try:
            setup.write_record()
        except OSError as error:
            raise setup.folder.not_written(error) from error
    return replace(setup, is_new=False)


def _describe(setup: TrainSetup, reporter: ProgressReporter, *, is_new: bool) -> None:
    if is_new or setup.config.resume:
        for line in describe_setup(setup):
            reporter.log(line)


def describe_setup(setup: TrainSetup) -> list[str]:
    """Return the plan as lines, with the reason for each hyperparameter."""
    rows, plan = setup.train, setup.run.plan
    lines = [
        f"{setup.corpus.name}: {rows.trained_tokens:,} tokens to train on in "
        f"{count(len(rows), 'row')} of "
        f"{rows.max_seq_length} ({rows.fill_ratio:.0%} full); an evaluation reads "
        f"{setup.eval_rows.trained_tokens:,} held-out tokens.",
        *setup.corpus.notes,
        *rows.encoded.left_out.describe(),
        *mixture.describe(setup.mixture),
    ]
    match setup.isolation:
        case "rows":
            lines.append("This model's attention mixes documents in a row: each has its own row.")
        case "mask":
            lines.append("This model keeps its own attention; a mask keeps documents apart.")
    if plan.fsdp and not setup.is_sharded:
        lines.append("The weights are not sharded: there is one device.")
    return [*lines, *plan.describe()]
