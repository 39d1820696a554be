"""Run blocking work in threads, off the event loop."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

NAME = "run_in_thread"
"""Name of the threads of `run_in_thread`."""

P = ParamSpec("P")
Result = TypeVar("Result")


async def run_in_thread(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Return what `work` returns, or raise what it raises; it runs in a daemon thread of its own.

    The threads of `asyncio.to_thread` are joined when the program ends, so a download that nobody
    waits for any more would delay the exit for as long as the network does.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work(*args, **kwargs)
        except BaseException as raised:  # noqa: BLE001 - passed to the caller
            error = raised
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True, name=NAME).start()
    return await future


class SerialThread:
    """One thread that runs calls in the order in which they were submitted.

    For writes: a call that was submitted is always carried out, also where the task that waits for
    it is cancelled or the program ends. The thread ends with this object.
    """

    def __init__(self, name: str) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)

    async def run(self, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Return what `work` returns, or raise what it raises.

        A task that is cancelled here sees the cancellation once `work` is done, so its next step
        finds the effect of `work`.
        """
        future = asyncio.wrap_future(self._executor.submit(work, *args, **kwargs))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise
