"""Let Ctrl-C and SIGTERM end a training with a checkpoint, and other commands cleanly."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.trainer.config import StopSignal

_STOPPING = b"\nStopping: this step is finished and saved first. Another Ctrl-C stops at once.\n"
_STANDARD_ERROR = 2


@contextmanager
def interrupted_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this block as Ctrl-C does, so that what is unfinished is removed."""

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextmanager
def stop_on_signals(stop_signal: "StopSignal") -> Iterator[None]:
    """Let Ctrl-C or SIGTERM set the stop signal, and a Ctrl-C after it raise KeyboardInterrupt.

    The first one raises it, too, while the training is prepared: there is nothing to save, and
    reading a corpus or a model may take minutes. A second SIGTERM changes nothing: a machine that
    is shut down sends one to every process, and torchrun passes its own on to each.
    """
    was_asked = False  # here: another process may have set the stop signal

    def on_signal(number: int, _frame: FrameType | None) -> None:
        nonlocal was_asked
        if not stop_signal.is_training or (was_asked and number == signal.SIGINT):
            raise KeyboardInterrupt
        if not was_asked:
            was_asked = stop_signal.stop = True
            os.write(_STANDARD_ERROR, _STOPPING)  # a stream may be in the middle of a write itself

    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(each, on_signal) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, previous, strict=True):
            signal.signal(each, handler)
