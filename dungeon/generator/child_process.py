"""A child process that answers lines of JSON on its standard input with lines on its output.

It is started without an event loop, so that it works while the game is still being imported.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from dungeon.errors import EngineStopped
from dungeon.threads import run_in_thread

_READ_BYTES = 1 << 16


class ChildProcess:
    """A Python file that runs as a process of its own.

    Start it in a thread that lives as long as it is needed: Linux ends it with that thread.
    """

    def __init__(self, program: Path) -> None:
        """Start it. Raises EngineStopped where that is impossible."""
        try:
            process = subprocess.Popen(  # noqa: S603 — a file of this package
                [sys.executable, "-P", program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,  # a thread that reads must hold no lock when the interpreter ends
                start_new_session=True,  # Ctrl-C and a closed terminal are for the parent alone
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise EngineStopped(f"The engine cannot be started: {error.strerror}.") from error
        if process.stdin is None or process.stdout is None:
            raise EngineStopped("The engine was started without pipes. Try again.")
        self._process = process
        self._input, self._output = process.stdin, process.stdout
        self._lines: asyncio.Queue[bytes] | None = None
        """What it has written, and empty bytes at the end; None until somebody reads."""

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def write(self, document: dict[str, Any]) -> None:
        """Write a line of JSON. Raises OSError where the process has ended."""
        line = json.dumps(document).encode() + b"\n"
        try:
            while line:
                line = line[self._input.write(line) :]
        except ValueError as error:  # its pipe is closed
            raise BrokenPipeError from error

    async def read_line(self) -> bytes:
        """Return the next line, empty where the process has ended.

        Where a call is cancelled, the next one returns its line.
        """
        if self._lines is None:
            self._lines = asyncio.Queue()
            threading.Thread(
                target=self._read,
                args=(self._lines, asyncio.get_running_loop()),
                daemon=True,
                name="engine output",
            ).start()
        line = await self._lines.get()
        if not line:
            self._lines.put_nowait(line)
        return line

    async def kill(self) -> None:
        """Kill the process, which may have ended already, with the one it has started, and wait."""
        self._kill()
        await run_in_thread(self._process.wait)
        self._close()

    def kill_and_wait(self) -> None:
        """Do as `kill` does, where no event loop runs."""
        self._kill()
        self._process.wait()
        self._close()

    def _kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self._process.kill()
            elif not self.has_ended:
                os.killpg(self.pid, signal.SIGKILL)  # it leads a session of its own

    def _close(self) -> None:
        self._input.close()
        if self._lines is None:  # otherwise the thread that reads closes it
            self._output.close()

    def _read(self, lines: "asyncio.Queue[bytes]", loop: asyncio.AbstractEventLoop) -> None:
        begun = b""
        with self._output as output, suppress(RuntimeError):  # the loop has ended: nobody waits
            while chunk := output.read(_READ_BYTES):
                *whole, begun = (begun + chunk).split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(lines.put_nowait, line + b"\n")
            loop.call_soon_threadsafe(lines.put_nowait, b"")
