"""Read the lines a player types in a thread, so that the event loop goes on meanwhile.

A thread that waits at a terminal cannot be interrupted; this one is a daemon, asked for one line at
a time, and is left behind when the game ends.
"""

import asyncio
import queue
import threading
from typing import TextIO

_Line = asyncio.Future[str | None]


class LineReader:
    """Reads lines from `source`; at a terminal it shows a prompt and lets the line be edited."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._requests: queue.SimpleQueue[tuple[str, _Line]] = queue.SimpleQueue()
        threading.Thread(target=self._read_lines, daemon=True, name="lines").start()

    @property
    def is_interactive(self) -> bool:
        """Whether a person sits at the other end."""
        return self._source.isatty()

    async def ask(self, prompt: str = "") -> str | None:
        """Return the next line without its newline, or None at the end of the input."""
        line_future: _Line = asyncio.get_running_loop().create_future()
        self._requests.put((prompt, line_future))
        return await line_future

    def _read_lines(self) -> None:
        while True:
            prompt, line_future = self._requests.get()
            line = self._read(prompt)
            loop = line_future.get_loop()
            if loop.is_closed():
                return
            loop.call_soon_threadsafe(_settle, line_future, line)

    def _read(self, prompt: str) -> str | None:
        try:
            if self.is_interactive:
                return input(prompt)
            line = self._source.readline()
        except (EOFError, OSError, ValueError):  # the end, or something that is not text
            return None
        return line.rstrip("\r\n") if line else None


def _settle(line_future: _Line, line: str | None) -> None:
    if not line_future.done():
        line_future.set_result(line)
