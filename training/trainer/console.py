"""Report training progress: a status line that is rewritten, evaluations with samples, messages."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from training.trainer.samples import Sample

LOG_SECONDS = 10.0
"""Time between two step lines where the output is not a terminal."""


@dataclass(frozen=True, slots=True)
class StepStats:
    """The state of a training run at one step."""

    step: int
    max_steps: int
    loss: float
    """On training text, in nats per token."""
    tokens_per_second: float
    seconds: float
    """Since the start, interruptions left out."""
    seconds_left: float
    mfu: float | None = None
    """Model FLOPs utilisation, from 0 to 1; None where the device's peak is not known."""
    cost: float | None = None
    """So far, in the currency of --cost-per-hour."""


@dataclass(frozen=True, slots=True)
class EvalResult:
    """The result of an evaluation on held-out text."""

    step: int
    bits_per_byte: float
    loss: float
    """In nats per token."""
    is_best: bool
    samples: "Sequence[Sample]" = ()


class ProgressReporter:
    """Receive the progress of a training run. This one ignores it."""

    def log(self, message: str) -> None:
        """Report an event, in a sentence."""

    def log_step(self, stats: StepStats) -> None:
        """Report loss and speed."""

    def log_evaluation(self, result: EvalResult) -> None:
        """Report an evaluation."""


class ConsoleReporter(ProgressReporter):
    """Write progress to a stream, standard error by default."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._has_status_line = False
        self._next_log = 0.0

    def log(self, message: str) -> None:
        """Write a line."""
        self._write_line(message)

    def log_step(self, stats: StepStats) -> None:
        """Rewrite the status line; where the output is no terminal, write a line now and then."""
        if not self._is_terminal:
            if time.monotonic() >= self._next_log or stats.step == stats.max_steps:
                self._next_log = time.monotonic() + LOG_SECONDS
                self._write_line(format_step(stats))
            return
        self._stream.write(f"\r\x1b[K{format_step(stats)}")
        self._stream.flush()
        self._has_status_line = True

    def log_evaluation(self, result: EvalResult) -> None:
        """Write the metrics, and the samples below them."""
        mark = "  best so far" if result.is_best else ""
        self._write_line(
            f"step {result.step}: held-out text {result.bits_per_byte:.4f} bits per byte, "
            f"loss {result.loss:.4f}{mark}"
        )
        for sample in result.samples:
            action = sample.prompt.rsplit("\n", 1)[-1]
            self._write_line(f"    {action}\n    {' '.join(sample.text.split())}")

    def _write_line(self, text: str) -> None:
        start = "\r\x1b[K" if self._has_status_line else ""
        self._has_status_line = False
        self._stream.write(f"{start}{text}\n")
        self._stream.flush()


def format_step(stats: StepStats) -> str:
    """Return the state of a run in one line."""
    parts = [
        f"step {stats.step}/{stats.max_steps}",
        f"loss {stats.loss:.4f}",
        f"{stats.tokens_per_second:,.0f} tokens/s",
    ]
    if stats.mfu is not None:
        parts.append(f"MFU {stats.mfu:.0%}")
    parts.append(
        f"{format_duration(stats.seconds)} elapsed, {format_duration(stats.seconds_left)} left"
    )
    if stats.cost is not None:
        parts.append(f"cost {stats.cost:.2f}")
    return ", ".join(parts)


def format_duration(seconds: float) -> str:
    """Return a duration for people: `45 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
