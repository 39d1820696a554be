"""The process of one game in a browser: how it is started, and how it ends without being orphaned.

The protocol between the process and the page is textual-serve's; the process is ours.
"""

import asyncio
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

LEAVE_SECONDS = 5.0
"""Seconds that a game has to save what is being written; then it is killed."""


class Player(AppService):
    """A game, from the connection of a browser to its end."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        websocket: web.WebSocketResponse,
    ) -> None:
        """`arguments` are those of `player_process`, `environment` has variables to add."""

        async def close() -> None:
            await websocket.close()

        super().__init__(
            "",
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=DownloadManager(),
        )
        self._arguments = arguments
        self._added = environment
        self._lifeline = Lifeline()

    async def stop(self) -> None:
        """Let the game save, and end the process. May be called more than once."""
        process, self._process = self._process, None
        if process is None:
            return
        reading = [self._task] if self._task else []
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await self.send_meta({"type": "quit"})
                if reading:
                    await asyncio.wait(reading)
                await process.communicate()  # where the browser went first, nobody reads its output
        except TimeoutError:
            for task in reading:
                task.cancel()
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            self._lifeline.close()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """Start the process, without a shell and in a session of its own: Ctrl-C in the terminal
        is for the server, which ends it.
        """
        with self._lifeline.given() as passed:
            arguments = (*self._arguments, *(("--lifeline", str(passed[0])) if passed else ()))
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "dungeon.web.player_process",
                *arguments,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=self._build_environment(width, height) | dict(self._added),
                pass_fds=passed,
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        self._stdin = self._process.stdin
        return self._process


class Lifeline:
    """A pipe whose one end closes when this process ends, however it does; none on Windows."""

    def __init__(self) -> None:
        self._kept: int | None = None

    @contextmanager
    def given(self) -> Iterator[tuple[int, ...]]:
        """Give the end that a child inherits, which is closed here after the block."""
        if os.name != "posix":
            yield ()
            return
        given, self._kept = os.pipe()
        try:
            yield (given,)
        finally:
            os.close(given)

    def close(self) -> None:
        """Close the end that is kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            os.close(kept)
