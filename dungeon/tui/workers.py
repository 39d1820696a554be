"""Provides `in_thread`: slow work beside the screen, which leaving the game never waits for.

Knows nothing of the work. asyncio's own threads are joined when the program ends, so a model that
is being fetched would hold the terminal for as long as the network does.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

Result = TypeVar("Result")


async def run_in_thread(work: Callable[[], Result]) -> Result:
    """Return what `work` returns, or raise what it raises; it runs in a thread of its own."""
    loop = asyncio.get_running_loop()
    coming: asyncio.Future[Result] = loop.create_future()

    def settle(result: Result | None, error: BaseException | None) -> None:
        if coming.cancelled():
            return
        if error is not None:
            coming.set_exception(error)
        else:
            coming.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - handed over whole, nothing is swallowed
            error = raised
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return await coming
