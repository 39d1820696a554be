"""A training with a time limit ends in time, however the speed changes, with a sane schedule."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.optim.lr_scheduler import LambdaLR
from transformers import get_scheduler

from dungeon.errors import InputRefused
from tests.rows import every_row
from tests.training.recorded import QUICK, Recorder, train
from tests.training.small_corpus import tiny_config
from tests.training.trainer.test_time_plan import PLAN, SPEED
from training.trainer.config import StopSignal, TrainConfig
from training.trainer.console import StepStats
from training.trainer.schedule import LinearDecay
from training.trainer.speed import Speed
from training.trainer.time_limit import TimeLimit
from training.trainer.time_plan import Costs, plan_time


def optimizer() -> Any:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


def rates(schedule: LinearDecay, steps: int) -> list[float]:
    return [schedule(step) for step in range(steps + 1)]


# The schedule -------------------------------------------------------------------------------------


def test_without_a_change_the_schedule_is_that_of_transformers() -> None:
    ours = LambdaLR(optimizer(), LinearDecay(4, 20))
    theirs = get_scheduler("linear", optimizer(), num_warmup_steps=4, num_training_steps=20)
    for _ in range(20):
        assert ours.get_last_lr() == theirs.get_last_lr()
        ours.optimizer.step()
        theirs.optimizer.step()
        ours.step()
        theirs.step()


@every_row("end", [12, 40])
def test_a_new_end_bends_the_line_where_it_is(end: int) -> None:
    schedule = LinearDecay(4, 20)
    before = rates(schedule, 10)
    schedule.end_at(end, 10)
    assert schedule(10) == before[10]
    after = rates(schedule, end)[10:]
    assert after[-1] == 0
    assert all(earlier > later for earlier, later in pairwise(after))


def test_a_short_training_warms_up_for_a_shorter_time() -> None:
    schedule = LinearDecay(40, 500)
    schedule.end_at(50, 0)
    assert (schedule.warmup_steps, schedule(5), schedule(50)) == (5, 1.0, 0.0)


def test_a_bend_is_saved_in_a_checkpoint() -> None:
    saved = LambdaLR(optimizer(), LinearDecay(4, 20))
    saved.lr_lambdas[0].end_at(12, 10)  # type: ignore[attr-defined]
    again = LambdaLR(optimizer(), LinearDecay(4, 20))
    again.load_state_dict(saved.state_dict())
    assert vars(again.lr_lambdas[0]) == vars(saved.lr_lambdas[0])


# The limit ----------------------------------------------------------------------------------------


def simulate(speed_of: Any, seconds: float = 3_600.0) -> tuple[float, list[float], int]:
    """Train on a machine that is `speed_of(now)` times as slow as it was measured.

    Return when it is over, the factors of the learning rate, and the number of steps.
    """
    now = 0.0
    costs = Costs.of(SPEED, PLAN, devices=1)
    plan = plan_time(PLAN, costs, 10_000, {}, seconds=seconds)
    limit = TimeLimit(seconds, plan, costs, PLAN.max_steps, Recorder(), clock=lambda: now)
    schedule = LinearDecay(plan.warmup_steps, plan.max_steps)
    scheduler = SimpleNamespace(lr_lambdas=[schedule])
    args = SimpleNamespace(world_size=1, logging_steps=1)
    state = SimpleNamespace(max_steps=plan.max_steps, global_step=0)
    evaluation = costs.evaluation(plan.eval_rows, plan.sample_tokens)

    def evaluate() -> None:
        nonlocal now
        now += evaluation * speed_of(now)
        limit.on_evaluate(args, state, None)

    limit.on_train_begin(args, state, None, lr_scheduler=scheduler)
    evaluate()
    factors = []
    control = SimpleNamespace(should_training_stop=False)
    while not control.should_training_stop:
        limit.on_step_begin(args, state, control)
        factors.append(schedule(state.global_step))
        now += costs.step * speed_of(now)
        state.global_step += 1
        control.should_training_stop = state.global_step >= state.max_steps
        limit.on_step_end(args, state, control, lr_scheduler=scheduler)
        if control.should_training_stop or state.global_step % plan.eval_steps == 0:
            evaluate()
            now += costs.checkpoint * speed_of(now)
            limit.on_save(args, state, control)
    now += costs.speed.model * speed_of(now)
    return now, factors, state.global_step


@pytest.mark.parametrize(
    "speed_of",
    [
        pytest.param(lambda now: 1.0, id="as measured"),
        pytest.param(lambda now: 3.0, id="slower than measured"),
        pytest.param(lambda now: 1.0 if now < 1_500 else 2.5, id="slower from some time on"),
        pytest.param(lambda now: 2.5 if now < 1_500 else 1.0, id="faster from some time on"),
        pytest.param(lambda now: 1.0 + (int(now) // 100) % 2, id="up and down"),
    ],
)
def test_it_ends_in_time_and_the_learning_rate_falls_to_zero(speed_of: Any) -> None:
    over, factors, _ = simulate(speed_of)
    assert 0.85 * 3_600 < over <= 3_600
    falling = factors[factors.index(max(factors)) :]
    assert all(earlier >= later for earlier, later in pairwise(falling))
    assert falling[-1] < 0.1


def test_a_faster_machine_takes_no_more_steps_than_all_epochs() -> None:
    over, _, steps = simulate(lambda now: 0.2)
    assert steps == PLAN.max_steps
    assert over < 3_600


# The whole run ------------------------------------------------------------------------------------


def test_minutes_limit_the_steps_and_a_resumed_run_has_its_own(
    tmp_path: Path, corpus: Path
) -> None:
    """A step is said to take a minute; it takes no time, so that the steps become more again."""
    slow = replace(QUICK, micro_batch=30.0)
    recorder, stop_signal, out = Recorder(), StopSignal(), tmp_path / "out"

    def stop(stats: StepStats) -> None:
        stop_signal.stop = True

    recorder.on_step = stop
    config = tiny_config(40, minutes=10)
    stopped = train(
        corpus,
        out,
        config,
        reporter=recorder,
        stop_signal=stop_signal,
        measure=lambda *_: slow,
    )
    assert any("max steps" in line and "10 min" in line for line in recorder.messages)
    assert any("steps of about 60 s" in line for line in recorder.messages)
    assert stopped.stopped
    recorder = Recorder()
    resumed = train(
        corpus,
        out,
        TrainConfig(resume=True, device="cpu", minutes=600),
        reporter=recorder,
        measure=lambda *_: QUICK,
    )
    assert (resumed.stopped, resumed.steps, resumed.plan.max_steps) == (False, 40, 40)


def test_without_enough_time_nothing_is_written(tmp_path: Path, corpus: Path) -> None:
    config = tiny_config(4, minutes=1)
    with pytest.raises(InputRefused, match="more minutes with --minutes"):
        train(corpus, tmp_path / "out", config, measure=lambda *_: replace(QUICK, micro_batch=99.0))
    assert not (tmp_path / "out").exists()


def test_the_speed_is_measured_and_leaves_no_trace(tmp_path: Path, corpus: Path) -> None:
    from training.trainer.speed import measure_speed

    measured: list[Speed] = []

    def measure(*args: Any) -> Speed:
        measured.append(measure_speed(*args))
        return measured[0]

    recorder = Recorder()
    first = train(corpus, tmp_path / "a", tiny_config(4), measure=measure, reporter=recorder)
    second = train(corpus, tmp_path / "b", tiny_config(4), measure=lambda *_: QUICK)
    assert min(vars_of(measured[0])) >= 0
    assert measured[0].micro_batch > 0
    assert [entry.get("loss") for entry in first.history] == [
        entry.get("loss") for entry in second.history
    ]
    assert any(message.startswith("This takes about") for message in recorder.messages)


def vars_of(speed: Speed) -> list[float]:
    return [getattr(speed, name) for name in Speed.__slots__]
