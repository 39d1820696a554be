"""Report progress, save by time, and stop early: a callback of the transformers Trainer."""

import math
import time
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from transformers import TrainerCallback

from dungeon.errors import GrueError
from training.models.record import Sample
from training.trainer.checkpointed import EVAL_LOSS, TrainingComplete
from training.trainer.config import StopSignal
from training.trainer.console import EvalResult, ProgressReporter, StepStats
from training.trainer.loop import EVAL_BITS_PER_BYTE

_AGREE_SECONDS = 2.0
"""Time in which several processes agree at least once on whether to stop, if a step is shorter: the
notice of a machine that goes may be 30 seconds."""


@dataclass(eq=False)
class ProgressCallback(TrainerCallback):
    """Report progress in the main process; decide in all of them when to save and when to stop."""

    reporter: ProgressReporter
    stop_signal: StopSignal
    tokens_per_row: float
    """On average, without padding."""
    flops_per_token: float
    peak_flops: float | None
    """FLOP/s of all devices together; None where it is not known."""
    cost_per_hour: float | None
    early_stopping_patience: int
    save_seconds: float
    """Time after which a checkpoint is written, whether or not an evaluation is due."""
    mfu: float | None = None
    """Model FLOPs utilisation over the last logging interval."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Start the clocks; a resumed run continues its own time."""
        seconds = [entry["seconds"] for entry in state.log_history if "seconds" in entry]
        self._earlier_seconds = max(seconds, default=0.0)
        self._started_at = self._saved_at = self._logged_at = time.monotonic()
        self._first_step = self._logged_step = self._agreed_step = state.global_step
        self._agreed_at, self._agrees_at_step = self._started_at, state.global_step + 1
        self._micro_batches = 0
        self.stop_signal.is_training = True
        if state.global_step >= state.max_steps:
            raise TrainingComplete
        if args.eval_on_start and args.process_index == 0:  # takes minutes on a slow machine
            self.reporter.log("Evaluating the base model before training …")

    def on_substep_end(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Show that a long step goes on."""
        self._micro_batches += 1
        self.reporter.log_progress(
            f"Micro-batches of step {state.global_step + 1}/{state.max_steps}",
            self._micro_batches,
            args.gradient_accumulation_steps,
        )

    def on_step_end(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Save or stop where that is due, in all processes at the same step."""
        self._micro_batches = 0
        self.reporter.log_progress("Steps", state.global_step, state.max_steps)
        save = time.monotonic() - self._saved_at > self.save_seconds
        stop = self.stop_signal.stop
        if args.world_size > 1:
            if state.global_step < self._agrees_at_step:
                return
            stop, save = self._agree(args, state.global_step, stop=stop, save=save)
        control.should_save = control.should_save or stop or save
        control.should_training_stop = control.should_training_stop or stop
        if stop:
            self.stop_signal.stop = True
            if state.global_step < state.max_steps or args.world_size == 1:
                control.should_evaluate = False  # it takes minutes; a resumed run evaluates later

    def _agree(self, args: Any, step: int, *, stop: bool, save: bool) -> tuple[bool, bool]:
        """Return whether any process wants to stop, or to save, and set the step at which all ask
        again: seldom where steps are short, since it waits for the device.
        """
        now = time.monotonic()
        seconds = (now - self._agreed_at) / (step - self._agreed_step)
        flags = torch.tensor([float(stop), float(save), seconds], device=args.device)
        dist.all_reduce(flags, dist.ReduceOp.MAX)
        wants_stop, wants_save, slowest = flags.tolist()
        steps = min(args.logging_steps, int(_AGREE_SECONDS / max(slowest, 1e-9)))
        self._agreed_at, self._agreed_step = now, step
        self._agrees_at_step = step + max(1, steps)
        return bool(wants_stop), bool(wants_save)

    def on_save(self, args: Any, state: Any, control: Any, **_rest: Any) -> None:
        """Restart the time until the next checkpoint; stop where that was asked for meanwhile."""
        self._saved_at = time.monotonic()
        if args.world_size == 1 and self.stop_signal.stop:
            control.should_training_stop = True

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_rest: Any) -> None:
        """Report loss and speed, and record the time. Raises GrueError where the loss is NaN."""
        now = time.monotonic()
        seconds = self._earlier_seconds + now - self._started_at
        state.log_history[-1]["seconds"] = seconds
        if not math.isfinite(logs.get("loss", 0.0)):
            raise GrueError(
                f"The loss is not a finite number any more at step {state.global_step}. Start "
                "again with a lower --learning-rate."
            )
        steps = state.global_step - self._logged_step
        if "loss" not in logs or steps <= 0:
            return
        rows = args.train_batch_size * args.gradient_accumulation_steps * args.world_size
        speed = steps * rows * self.tokens_per_row / max(now - self._logged_at, 1e-9)
        self._logged_at, self._logged_step = now, state.global_step
        self.mfu = speed * self.flops_per_token / self.peak_flops if self.peak_flops else None
        state.log_history[-1]["tokens_per_second"] = speed
        if args.process_index != 0:
            return
        steps_per_second = (state.global_step - self._first_step) / max(
            now - self._started_at, 1e-9
        )
        cost = None if self.cost_per_hour is None else seconds / 3600 * self.cost_per_hour
        self.reporter.log_step(
            StepStats(
                step=state.global_step,
                max_steps=state.max_steps,
                loss=logs["loss"],
                tokens_per_second=speed,
                seconds=seconds,
                seconds_left=(state.max_steps - state.global_step) / steps_per_second,
                mfu=self.mfu,
                cost=cost,
            )
        )

    def on_evaluate(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **_rest: Any
    ) -> None:
        """Report an evaluation; stop where the metric has not improved for long enough."""
        bits = {
            e["step"]: e[EVAL_BITS_PER_BYTE] for e in state.log_history if EVAL_BITS_PER_BYTE in e
        }
        step = max(bits)
        trained = [step for step in bits if step > 0]
        best_step = min(trained or bits, key=bits.__getitem__)
        since_best = sum(step > best_step for step in trained)
        is_over = since_best >= self.early_stopping_patience
        control.should_training_stop = control.should_training_stop or is_over
        if args.process_index == 0:
            samples = [Sample(*sample) for sample in state.log_history[-1]["samples"]]
            is_best = step > 0 and best_step == step
            self.reporter.log_evaluation(
                EvalResult(step, bits[step], metrics[EVAL_LOSS], is_best, samples)
            )
            if is_over:
                self.reporter.log(
                    f"The last {since_best} evaluations were no better than step {best_step}; "
                    "training stops."
                )
        self._logged_at, self._logged_step = time.monotonic(), state.global_step
