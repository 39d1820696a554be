"""Provides LlamaProcess: the child process that runs llama.cpp, from its start to its end.

Knows nothing of prompts; whoever wants to speak to the child gets its address and token.
"""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError
from dungeon.text import clean_line

_CHILD = Path(__file__).with_name("llama_server.py")
"""Run by its path: it imports nothing of the game, and no folder the player stands in can pose
as it."""

_LOADING_SECONDS = 300
"""A large model on a slow disk takes minutes; longer means that it hangs."""


def default_threads() -> int:
    """Return the cores this process may use, less one: a busy neighbour on the last one would
    slow the engine threefold.
    """
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)) - 1)
    return max(1, (os.cpu_count() or 1) - 1)


@dataclass(frozen=True, slots=True)
class LlamaSettings:
    """What the engine is started with."""

    path: Path
    """The GGUF file."""
    name: str
    """What the engine calls the model."""
    context_length: int
    """Tokens; a model that was trained for fewer gets fewer."""
    threads: int
    log: Path | None = None
    """Takes what the engine prints; otherwise nobody sees it."""
    lora: tuple[tuple[Path, float], ...] = ()
    """Adapters to apply while running, each with its scale: slower than merging them."""

    def document(self, token: str) -> dict[str, Any]:
        """Return the settings as the child reads them."""
        return {
            "model": str(self.path),
            "name": self.name,
            "token": token,
            "context_length": self.context_length,
            "threads": self.threads,
            "log": str(self.log) if self.log else None,
            "lora": [(str(path), scale) for path, scale in self.lora],
        }


class LlamaProcess:
    """A child that has loaded its model and serves it at `address` to whoever has `token`."""

    def __init__(self, process: Process, address: str, token: str) -> None:
        self.address = address
        self.token = token
        self._process = process

    @classmethod
    async def start(cls, settings: LlamaSettings) -> "LlamaProcess":
        """Return a child once it has loaded the model; nothing of it is left where that fails.

        Raises GeneratorError where the model cannot be loaded, EngineStopped where the child ends,
        and EngineSilent where it takes too long.
        """
        if not settings.path.is_file():
            raise GeneratorError(
                f"The model file {settings.path} is not there. Choose another model."
            )
        token = secrets.token_urlsafe(24)
        process = await _spawn()
        child = None
        try:
            address = await _ask_for_address(process, settings, token)
            child = cls(process, address, token)
        finally:
            if child is None:  # a cancelled start included
                await _end(process)
        return child

    @property
    def id(self) -> int:
        """The system's number for the process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the child is known to be gone."""
        return self._process.returncode is not None

    async def end(self) -> None:
        """End the child at once: it has nothing to lose."""
        await _end(self._process)


async def _spawn() -> Process:
    """Start the child. Secrets go through its standard input, which only this process can see."""
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            str(_CHILD),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C and a closed terminal are for the game alone
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise EngineStopped(f"The engine cannot be started: {error.strerror}.") from error


async def _ask_for_address(process: Process, settings: LlamaSettings, token: str) -> str:
    """Send the settings and return the address the child answers with."""
    name = settings.path.name
    try:
        async with asyncio.timeout(_LOADING_SECONDS):
            line = await _exchange(process, json.dumps(settings.document(token)).encode())
        answer = json.loads(line)
    except TimeoutError as error:
        raise EngineSilent(f"Loading {name} took too long. Try again.") from error
    except (OSError, ValueError) as error:
        raise EngineStopped(
            f"The engine stopped while loading {name}: the file may be damaged, or memory short. "
            "Choose another model."
        ) from error
    match answer:
        case {"address": str(address)}:
            return address
        case {"error": str(remark)}:
            reason = clean_line(remark).rstrip(".") or "no reason given"
        case _:
            reason = "no reason given"
    raise GeneratorError(
        f"The engine cannot load {name} ({reason}). The file may be damaged or of a kind it does "
        "not know. Choose another model."
    )


async def _exchange(process: Process, line: bytes) -> bytes:
    """Write a line to the process, leaving its input open, and return the line it answers."""
    if process.stdin is None or process.stdout is None:
        raise EngineStopped("The engine was started without a way to speak to it.")
    process.stdin.write(line + b"\n")
    await process.stdin.drain()
    return await process.stdout.readline()


async def _end(process: Process) -> None:
    """Kill the process and wait until it is gone. It may be gone already."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
