"""Wait until the app is still: its event loop has nothing left to do, and no thread works for it.

Textual's own wait looks for 20 ms whether the process uses the processor, twice for each key. What
a test types is dealt with long before, and an event loop can be asked.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from time import process_time, thread_time
from typing import Any

from textual._context import active_app

from dungeon.threads import SerialThread

_ENDLESS = 5.0
"""Seconds of processor time after which a loop that always has something to do may go on."""

_SOON = 0.01
"""Seconds within which a timer is waited for: a new size of the terminal counts after 8 ms."""

_LOOKS = 20
"""How often threads are looked at that use no processor time, before they count as waiting."""

_NOTHING = 0.0002
"""Seconds of processor time that threads use which wait."""

_SERIAL = ("library", "replay", "saves", "settings")
"""The names of the threads that live on idle; whether they work is known from the calls."""


class Stillness:
    """Knows what works for the app of one test."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())
        self._calls = 0
        self._spinning = 0

    def counting(self, run: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return `SerialThread.run` that counts the calls under way."""

        async def counted(thread: SerialThread, *args: Any, **kwargs: Any) -> Any:
            self._calls += 1
            try:
                return await run(thread, *args, **kwargs)
            finally:
                self._calls -= 1

        return counted

    async def wait(self, *_: float) -> None:
        """Return once the app is still, or waits for something that only the test can do."""
        loop: Any = asyncio.get_running_loop()
        end, soon = process_time() + _ENDLESS, loop.time() + _SOON
        while process_time() < end:
            await self._spin()
            if len(loop._ready) > self._spinning:
                continue
            _paint()
            if len(loop._ready) > self._spinning:
                continue
            due = min((t.when() for t in loop._scheduled if not t.cancelled()), default=soon)
            if due < soon:
                await asyncio.sleep(due - loop.time())
            elif not await self._threads_went_on():
                return

    async def _spin(self) -> None:
        """Let the loop go on; another wait at the same time does so too, and is no work."""
        self._spinning += 1
        try:
            await asyncio.sleep(0)
        finally:
            self._spinning -= 1

    async def _threads_went_on(self) -> bool:
        """Wait while threads work; return whether any has, and has ended."""
        worked = False
        while self._threads_work():
            worked, used = True, _used_by_threads()
            for _ in range(_LOOKS):
                await asyncio.sleep(0.001)
                if not self._threads_work():
                    break
            else:
                if _used_by_threads() - used < _NOTHING:
                    return False
        return worked

    def _threads_work(self) -> bool:
        return self._calls > 0 or any(map(self._works, threading.enumerate()))

    def _works(self, thread: threading.Thread) -> bool:
        return thread not in self._before and thread.name.rpartition("_")[0] not in _SERIAL


def _used_by_threads() -> float:
    """Return the processor time of all threads but this one."""
    return process_time() - thread_time()


def _paint() -> None:
    """Paint what the next frame would show, and call what waits for it."""
    app = active_app.get(None)
    if app is not None and app.is_running and app.screen_stack:
        app.screen._on_timer_update()
