"""Provides Terminal: a program on a pseudo-terminal of its own, typed at, read, and killed.

Keeps every byte the program wrote and what a screen would show of them. Knows nothing of Grue.
"""

import os
import signal
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pexpect
import pyte

PATIENCE = 120.0
"""Seconds after which a program that has not done what was waited for counts as hung. Generous:
the machine may be busy, and nothing waits longer than it has to."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "f2": "\x1bOQ",
} | {f"ctrl+{chr(code + 96)}": chr(code) for code in range(1, 27)}
"""What a terminal sends for a key, by Textual's name of it."""


class Hung(AssertionError):
    """The program did not do what was waited for; says what it showed instead."""


class Terminal:
    """One program on one terminal, killed at the latest when the block ends."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        columns: int = 80,
        rows: int = 24,
    ) -> None:
        self.raw = b""
        """Every byte the program has written."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._drawn = 0  # how many of the bytes the screen has taken in
        with warnings.catch_warnings():
            # Newer Pythons warn of a fork beside threads; this one only goes on to exec.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child = pexpect.spawn(
                command[0],
                list(command[1:]),
                env={**os.environ, **(environment or {})},
                cwd=folder,
                dimensions=(rows, columns),
                timeout=PATIENCE,
            )
        self._child.delaybeforesend = None
        self._child.delayafterread = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._child.isalive():
            self.kill()
        self._child.close()

    # Towards the program.

    def type(self, text: str) -> None:
        """Type `text` as it is."""
        self._child.send(text.encode())

    def enter(self, line: str) -> None:
        """Type a line and press Enter."""
        self.type(line + KEYS["enter"])

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each by its name."""
        for key in keys:
            self.type(KEYS[key])

    def kill(self) -> None:
        """Send SIGKILL, and read what had been written before."""
        os.kill(self._child.pid, signal.SIGKILL)
        self._read_to_the_end(PATIENCE)
        self._child.wait()

    # From the program.

    @property
    def pid(self) -> int:
        """The program's process id."""
        return int(self._child.pid)

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        return bool(self._child.isalive())

    @property
    def text(self) -> str:
        """Everything written so far."""
        return self.raw.decode(errors="replace")

    @property
    def screen(self) -> str:
        """What stands on the screen now, line by line."""
        self._stream.feed(self.raw[self._drawn :])
        self._drawn = len(self.raw)
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, text: str, *, after: int = 0, timeout: float = PATIENCE) -> None:
        """Read until `text` has been written behind the byte `after`. Raises Hung."""
        wanted = text.encode()
        self.wait_until(lambda: wanted in self.raw[after:], f"{text!r} written", timeout=timeout)

    def wait_to_see(self, text: str, *, timeout: float = PATIENCE) -> None:
        """Read until `text` stands on the screen. Raises Hung."""
        self.wait_until(lambda: text in self.screen, f"{text!r} on the screen", timeout=timeout)

    def wait_until(
        self, condition: Callable[[], bool], what: str, *, timeout: float = PATIENCE
    ) -> None:
        """Read until `condition` holds. Raises Hung, which says `what` was waited for."""
        deadline = time.monotonic() + timeout
        while not condition():
            if not self._read(0.05) and not self.alive and not self._read(0):
                if condition():
                    return
                raise Hung(f"The program ended ({self.exit_code()}) before {what}.{self._shown()}")
            if time.monotonic() > deadline:
                raise Hung(f"After {timeout:g} s there was no {what}.{self._shown()}")

    def rest(self, seconds: float) -> None:
        """Let the program run for `seconds` and read what it writes meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._read(left)

    def end(self, timeout: float = PATIENCE) -> int:
        """Wait until the program ends by itself and return its exit code. Raises Hung."""
        self._read_to_the_end(timeout)
        return self.exit_code()

    def interrupt(self) -> int:
        """Press Ctrl-C until the program ends, and return its exit code. Raises Hung.

        It is pressed again where nothing comes of it: CPython's readline does not notice one that
        arrives between its prompt and its wait for a key.
        """
        ends = time.monotonic() + PATIENCE
        while self.alive and time.monotonic() < ends:
            self.press("ctrl+c")
            again = time.monotonic() + PATIENCE / 4
            while self.alive and time.monotonic() < again:
                self._read(0.05)
        return self.end()

    def exit_code(self) -> int:
        """Return the exit code of a program that has ended; a signal's number is negative."""
        self._child.wait()
        if self._child.signalstatus is not None:
            return -int(self._child.signalstatus)
        return int(self._child.exitstatus)

    def _read_to_the_end(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while self._child.isalive() or self._read(0):
            self._read(0.05)
            if time.monotonic() > deadline:
                raise Hung(f"After {timeout:g} s the program had not ended.{self._shown()}")

    def _read(self, seconds: float) -> bool:
        """Take in what comes within `seconds`; return whether anything came."""
        try:
            self.raw += self._child.read_nonblocking(65_536, seconds)
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            time.sleep(min(seconds, 0.01))
            return False
        return True

    def _shown(self) -> str:
        return f" It showed:\n{self.screen.rstrip()}\nand wrote last: {self.raw[-600:]!r}"
