"""Report training progress: a status line that is rewritten, evaluations with samples, messages."""

import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from training.models.record import Sample, format_duration

LOG_SECONDS = 10.0
"""Time between two status lines where the output is not a terminal."""


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
    samples: Sequence[Sample] = ()


class ProgressReporter:
    """Receive the progress of a training run. This one ignores it."""

    def log(self, message: str) -> None:
        """Report an event, in a sentence."""

    def log_progress(self, activity: str, done: int, total: int) -> None:
        """Report how much of something that takes long is done, for a moment."""

    def log_step(self, stats: StepStats) -> None:
        """Report loss and speed."""

    def log_evaluation(self, result: EvalResult) -> None:
        """Report an evaluation."""


class StatusLine:
    """A line on a stream that is rewritten in place; without a terminal, a line now and then."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._is_open = False
        self._next_status = 0.0
        self._next_progress = 0.0

    def update(self, text: str, *, is_last: bool) -> None:
        """Show `text` as the status; the last status stays."""
        if self._is_terminal and not is_last:
            self._rewrite(text)
        elif is_last or time.monotonic() >= self._next_status:
            self._next_status = time.monotonic() + LOG_SECONDS
            self.write_line(text)

    def show_progress(self, text: str) -> None:
        """Show `text` on a terminal; elsewhere only after some time without a line."""
        if self._is_terminal:
            self._rewrite(text)
        elif time.monotonic() >= self._next_progress:
            self.write_line(text)

    def write_line(self, text: str) -> None:
        """Write a line in place of the status."""
        self._write(text, end="\n")
        self._is_open = False
        self._next_progress = time.monotonic() + LOG_SECONDS

    def _rewrite(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be rewritten
        self._write(text[:width], end="")
        self._is_open = True

    def _write(self, text: str, end: str) -> None:
        start = "\r\x1b[K" if self._is_open else ""
        self._stream.write(f"{start}{text}{end}")
        self._stream.flush()


class ConsoleReporter(ProgressReporter):
    """Write progress to a stream, standard error by default."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._status = StatusLine(stream)

    def log(self, message: str) -> None:
        """Write a line."""
        self._status.write_line(message)

    def log_progress(self, activity: str, done: int, total: int) -> None:
        """Show it in the status line."""
        self._status.show_progress(f"{activity}: {done:,} of {total:,}")

    def log_step(self, stats: StepStats) -> None:
        """Update the status line."""
        self._status.update(format_step(stats), is_last=stats.step == stats.max_steps)

    def log_evaluation(self, result: EvalResult) -> None:
        """Write the metrics, and the samples below them."""
        mark = "  best so far" if result.is_best else ""
        self.log(
            f"step {result.step}: held-out text {result.bits_per_byte:.4f} bits per byte, "
            f"loss {result.loss:.4f}{mark}"
        )
        for sample in result.samples:
            action = sample.prompt.rsplit("\n", 1)[-1]
            self.log(f"    {action}\n    {' '.join(sample.text.split())}")


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
