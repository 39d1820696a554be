"""Read the lines a player types in a thread, so that the event loop goes on meanwhile.

A thread that waits at a terminal cannot be interrupted; this one is a daemon, asked for one line at
a time, and is left behind when the game ends. At a terminal the line is edited by readline, where
Python has it, whose Up key recalls what was typed before, in earlier sessions too.
"""

import asyncio
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, TextIO

from dungeon.files.line_history import LineHistory
from dungeon.plain.terminal_state import restored_terminal

_Line = asyncio.Future[str | None]


class LineReader:
    """Reads lines from `source`; at a terminal it shows a prompt and lets the line be edited."""

    def __init__(self, source: TextIO, history: LineHistory | None = None) -> None:
        """`history` keeps the lines of the game that are typed at a terminal."""
        self._source = source
        self._history = history
        self._readline = _load_readline(history) if self.is_interactive else None
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

    def remember(self, line: str) -> str:
        """Let the Up key recall a line typed at a terminal; return why it is not kept, or nothing.

        What comes through a pipe is no history.
        """
        if not line or self._history is None or not self.is_interactive:
            return ""
        if self._readline is not None:
            self._readline.add_history(line)
        return self._history.add(line.strip())

    @contextmanager
    def without_echo(self) -> Iterator[None]:
        """Echo nothing that is typed meanwhile: the next prompt shows it, where there is readline.

        It would stand in the middle of what is written.
        """
        with restored_terminal(self._source, echo=self._readline is None):
            yield

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
        except EOFError:
            with suppress(OSError, ValueError):  # the terminal is gone
                sys.stdout.write("\n")  # Ctrl-D leaves the cursor behind the prompt
                sys.stdout.flush()
            return None
        except (OSError, ValueError):  # the end, or something that is not text
            return None
        return line.rstrip("\r\n") if line else None


def _load_readline(history: LineHistory | None) -> Any:
    """Return readline with the lines of the history, or None where Python has none.

    `input()` uses it from then on. It does not add lines by itself: answers are no lines of the
    game.
    """
    try:
        readline: Any = import_module("readline")
    except ImportError:
        return None
    readline.set_auto_history(False)
    readline.clear_history()
    for line in history.lines if history else ():
        readline.add_history(" ".join(line.split()))
    return readline


def _settle(line_future: _Line, line: str | None) -> None:
    if not line_future.done():
        line_future.set_result(line)
