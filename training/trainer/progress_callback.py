"""Provides the part of the loop that tells how it goes, and that ends it where nothing is gained or
someone wishes it.

Knows nothing of how a step is taken.
"""

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback

from dungeon.errors import GrueError
from training.trainer.config import StopSignal
from training.trainer.console import EvalResult, ProgressReporter, StepStats
from training.trainer.samples import generate_samples

if TYPE_CHECKING:
    from training.trainer.loop import GrueTrainer

BITS = "eval_bits_per_byte"
LOSS = "eval_loss"
"""What the measures of the held-out text are called in the Trainer's notes."""


@dataclass(frozen=True, slots=True)
class RunState:
    """What the loop needs to tell how it goes."""

    progress: ProgressReporter
    tokenizer: Any
    flop_per_token: float
    peak: float | None
    """Of all devices together; None where nobody knows."""
    per_hour: float | None
    """What an hour costs."""
    seed: int
    patience: int
    save_seconds: float
    """Time after which a checkpoint is written, whether or not a look was due."""


class ProgressCallback(TrainerCallback):
    """Tells how it goes, and ends the loop where nothing is gained or someone wishes it."""

    def __init__(self, loop: "GrueTrainer", watch: RunState, wish: StopSignal) -> None:
        self._loop = loop
        self._watch = watch
        self._wish = wish
        self._before = 0.0
        """Seconds of earlier runs."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Start the clocks where an interrupted run stopped them."""
        told = [entry["seconds"] for entry in state.log_history if "seconds" in entry]
        self._before = max(told, default=0.0)
        self._began = self._saved = self._told = time.monotonic()
        self._told_step = self._started = state.global_step
        rows: Any = self._loop.train_dataset
        self._row_tokens = rows.width * rows.filled
        if args.eval_on_start and args.process_index == 0:  # minutes, on a slow machine
            self._watch.progress.note("Reading the held-out text before anything is learned …")

    def on_step_end(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Save or stop where that is wished for, in all processes at the same step."""
        due = time.monotonic() - self._saved > self._watch.save_seconds
        stop = self._wish.stop
        if args.world_size > 1:
            if state.global_step % args.logging_steps:
                return
            flags = torch.tensor([float(stop), float(due)], device=args.device)
            dist.all_reduce(flags, dist.ReduceOp.MAX)
            stop, due = (bool(flag) for flag in flags)
        control.should_save = control.should_save or stop or due
        control.should_training_stop = control.should_training_stop or stop
        if stop:
            self._wish.stop = True

    def on_save(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Begin to wait for the next time."""
        self._saved = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_rest: Any) -> None:
        """Tell the pace, and note down the time."""
        now = time.monotonic()
        seconds = self._before + now - self._began
        state.log_history[-1]["seconds"] = seconds
        if not math.isfinite(logs.get("loss", 0.0)):
            raise GrueError(
                f"The loss is no number any more at step {state.global_step}. Begin again with a "
                "lower --learning-rate."
            )
        steps = state.global_step - self._told_step
        if "loss" not in logs or steps <= 0:
            return
        batch = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        speed = steps * batch * self._row_tokens / max(now - self._told, 1e-9)
        done = (state.global_step - self._started) / max(now - self._began, 1e-9)
        left = (state.max_steps - state.global_step) / done if done else math.inf
        watch = self._watch
        mfu = speed * watch.flop_per_token / watch.peak if watch.peak else None
        self._loop.mfu = mfu
        cost = seconds / 3600 * watch.per_hour if watch.per_hour is not None else None
        state.log_history[-1] |= {"tokens_per_second": speed}
        self._told, self._told_step = now, state.global_step
        if args.process_index == 0:
            watch.progress.pace(
                StepStats(
                    state.global_step,
                    state.max_steps,
                    logs["loss"],
                    speed,
                    seconds,
                    left,
                    mfu,
                    cost,
                )
            )

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **_rest: Any
    ) -> None:
        """Tell what the held-out text says; stop where nothing has been gained for long."""
        looks = [(e["step"], e[BITS]) for e in state.log_history if BITS in e]
        step, bits = looks[-1]
        learned = [look for look in looks if look[0] > 0]
        best = min(learned or looks, key=lambda look: look[1])
        since = sum(1 for look in learned if look[0] > best[0])
        if since >= self._watch.patience:
            control.should_training_stop = True
        loop = self._loop
        with loop.compute_loss_context_manager():
            samples = generate_samples(loop.called, self._watch.tokenizer, seed=self._watch.seed)
        state.log_history[-1]["samples"] = [[s.prompt, s.text] for s in samples]
        if args.process_index == 0:
            is_best = step > 0 and best[0] == step
            self._watch.progress.look(EvalResult(step, bits, metrics[LOSS], is_best, samples))
            if since >= self._watch.patience:
                self._watch.progress.note(
                    f"The last {since} looks brought nothing better than step {best[0]}; it ends."
                )
        self._told, self._told_step = time.monotonic(), state.global_step
