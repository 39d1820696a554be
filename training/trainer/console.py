"""Provides what is told while a model learns: a line that moves, a look now and then, sentences.

`ConsoleReporter` writes to standard error; `SilentReporter` writes nothing.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from training.trainer.samples import Sample

EVERY_SECONDS = 10.0
"""Between two lines of a log."""


@dataclass(frozen=True, slots=True)
class StepStats:
    """How a training goes, at one step."""

    step: int
    steps: int
    loss: float
    tokens_per_second: float
    seconds: float
    """Since the beginning, interruptions left out."""
    seconds_left: float
    mfu: float | None = None
    """The share of the device's best; None where nobody knows that."""
    cost: float | None = None
    """So far, in the currency of --cost-per-hour."""


@dataclass(frozen=True, slots=True)
class EvalResult:
    """How well the held-out text is predicted, at one step."""

    step: int
    bits_per_byte: float
    loss: float
    best: bool
    samples: "Sequence[Sample]" = ()


class ProgressReporter(Protocol):
    """Whoever wants to know."""

    def note(self, sentence: str) -> None:
        """Hear what happens, in a sentence."""

    def pace(self, pace: StepStats) -> None:
        """Hear how it goes."""

    def look(self, look: EvalResult) -> None:
        """Hear what the held-out text says."""


class SilentReporter:
    """Tells nobody."""

    def note(self, sentence: str) -> None:
        """Hear and forget."""

    def pace(self, pace: StepStats) -> None:
        """Hear and forget."""

    def look(self, look: EvalResult) -> None:
        """Hear and forget."""


class ConsoleReporter:
    """Tells a person, on a terminal in one line that is written over again and again."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._moves = self._stream.isatty()
        self._open = False
        self._next = 0.0

    def note(self, sentence: str) -> None:
        """Write a sentence."""
        self._line(sentence)

    def pace(self, pace: StepStats) -> None:
        """Write over the line that moves; where lines cannot move, write one more now and then."""
        if not self._moves:
            if time.monotonic() >= self._next or pace.step == pace.steps:
                self._next = time.monotonic() + EVERY_SECONDS
                self._line(told(pace))
            return
        self._stream.write(f"\r\x1b[K{told(pace)}")
        self._stream.flush()
        self._open = True

    def look(self, look: EvalResult) -> None:
        """Write the measures, and the samples under them."""
        mark = "  best so far" if look.best else ""
        self._line(
            f"step {look.step}: held-out text {look.bits_per_byte:.4f} bits per byte, "
            f"loss {look.loss:.4f}{mark}"
        )
        for sample in look.samples:
            deed = sample.prompt.rsplit("\n", 1)[-1]
            self._line(f"    {deed}\n    {' '.join(sample.text.split())}")

    def _line(self, text: str) -> None:
        start = "\r\x1b[K" if self._open else ""
        self._open = False
        self._stream.write(f"{start}{text}\n")
        self._stream.flush()


def told(pace: StepStats) -> str:
    """Return how it goes, in one line."""
    parts = [
        f"step {pace.step}/{pace.steps}",
        f"loss {pace.loss:.4f}",
        f"{pace.tokens_per_second:,.0f} tokens/s",
    ]
    if pace.mfu is not None:
        parts.append(f"MFU {pace.mfu:.0%}")
    parts.append(f"{format_duration(pace.seconds)} gone, {format_duration(pace.seconds_left)} left")
    if pace.cost is not None:
        parts.append(f"cost {pace.cost:.2f}")
    return ", ".join(parts)


def format_duration(seconds: float) -> str:
    """Return a time as people say it: `45 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
