"""Measuring how fast a model trains: which runs count."""

import itertools

import pytest

from training.trainer import speed
from training.trainer.devices import Device

CPU = Device("cpu", "2 CPU threads", 1 << 30, bf16=False)


class Clock:
    """A clock on which each run takes the next of `seconds`."""

    def __init__(self, *seconds: float) -> None:
        self.now, self.runs = 0.0, 0
        self._seconds = itertools.chain(seconds, itertools.repeat(seconds[-1]))

    def run(self) -> None:
        self.runs += 1
        self.now += next(self._seconds)


@pytest.mark.parametrize(
    ("warm_up", "seconds", "runs"),
    [(False, 60.0, 1), (True, 2.0, 3)],  # one run is long enough; two of 2 s are more than 3 s
)
def test_the_run_that_compiles_does_not_count(
    monkeypatch: pytest.MonkeyPatch, warm_up: bool, seconds: float, runs: int
) -> None:
    clock = Clock(60.0, 2.0)
    monkeypatch.setattr(speed.time, "perf_counter", lambda: clock.now)
    assert speed._fastest(clock.run, CPU, warm_up=warm_up) == seconds
    assert clock.runs == runs
