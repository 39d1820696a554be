"""A clock for tests, on which time passes only in `sleep()`."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeClock:
    """A clock that never waits."""

    time: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.time += seconds
