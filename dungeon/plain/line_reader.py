"""Provides the lines a player types, read in a thread of their own so that the engine can go on.

A thread that waits at a terminal cannot be interrupted; this one is a daemon, asked for one line at
a time, and is left behind when the game ends. Knows nothing of what the lines mean.
"""

import asyncio
import queue
import threading
from typing import TextIO

_Answer = asyncio.Future[str | None]


class LineReader:
    """Reads lines from `source`; at a terminal it shows a prompt and lets the line be edited."""

    def __init__(self, source: TextIO) -> None:
        self._source = source
        self._asked: queue.SimpleQueue[tuple[str, _Answer]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, daemon=True, name="lines").start()

    @property
    def interactive(self) -> bool:
        """Whether a person sits at the other end."""
        return self._source.isatty()

    async def ask(self, prompt: str = "") -> str | None:
        """Return the next line without its newline, or None at the end of the input."""
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._asked.put((prompt, answer))
        return await answer

    def _serve(self) -> None:
        while True:
            prompt, answer = self._asked.get()
            line = self._read(prompt)
            loop = answer.get_loop()
            if loop.is_closed():
                return
            loop.call_soon_threadsafe(_settle, answer, line)

    def _read(self, prompt: str) -> str | None:
        try:
            if self.interactive:
                return input(prompt)
            line = self._source.readline()
        except (EOFError, OSError, ValueError):  # the end, or something that is not text
            return None
        return line.rstrip("\r\n") if line else None


def _settle(answer: _Answer, line: str | None) -> None:
    if not answer.done():
        answer.set_result(line)
