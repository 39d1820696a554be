"""Map a function over items in several processes, with results in the order of the items.

Only a few items are in flight at a time, so memory does not grow with their number.
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

ITEMS_PER_PROCESS = 3
"""Items under way for each process: one at work, one to go on with, one that may be a long one."""


class ProcessPool:
    """Some processes, or this one alone; they start at the first work and end with the block."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """Close what is open."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def in_order(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield `work` of each item, in their order."""
        if self._processes <= 1:
            yield from map(work, items)
            return
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"))
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(self._pool.submit(work, item))
                if len(waiting) >= ITEMS_PER_PROCESS * self._processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        except BrokenProcessPool as error:
            raise GrueError(
                "A process that helped was ended from outside, perhaps for want of memory. Try "
                "again with --processes 1, which needs the least."
            ) from error
