"""Provides how long a test waits before it calls something hung: a guard, never a measure.

What is waited for is an event; nothing waits longer than it has to, however slow the machine is.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HUNG = 120.0
"""Seconds after which what is waited for counts as hung."""

ENDLESS = 60.0
"""Seconds of processor time after which work counts as endless."""


def wait_until(is_so: Callable[[], object]) -> None:
    """Wait until something `is_so`."""
    deadline = time.monotonic() + HUNG
    while not is_so():
        assert time.monotonic() < deadline, "it hangs"
        time.sleep(0.005)


async def loop_until(is_so: Callable[[], object]) -> None:
    """Let the event loop go on until something `is_so`."""
    async with asyncio.timeout(HUNG):
        while not is_so():
            await asyncio.sleep(0)


@contextmanager
def not_endless() -> Iterator[None]:
    """Fail work that took as long as only work out of all proportion can take.

    Processor time counts, so that neighbours on the machine do not.
    """
    began = time.process_time()
    yield
    assert time.process_time() - began < ENDLESS
