"""Provides work shared out to processes, its results in the order of what was asked.

Only a few items are under way at a time, so that memory does not grow with their number. Knows
nothing of what is done.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from dungeon.errors import GrueError

Item = TypeVar("Item")
Result = TypeVar("Result")

UNDER_WAY = 3
"""Items under way for each process: one at work, one to go on with, one that may be a long one."""


def in_order(
    work: Callable[[Item], Result], items: Iterable[Item], processes: int
) -> Iterator[Result]:
    """Yield `work` of each item, in their order, done in as many processes; in this one for one."""
    if processes <= 1:
        yield from map(work, items)
        return
    waiting: deque[Future[Result]] = deque()
    try:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= UNDER_WAY * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise GrueError(
            "A process that helped was ended from outside, perhaps for want of memory. Try again "
            "with --processes 1, which needs the least."
        ) from error
