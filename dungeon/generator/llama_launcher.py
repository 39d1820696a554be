"""Launch llama.cpp as a child process that serves a model on this machine, and end it.

The one launcher of Grue: for the game's generator, for checking an exported file, and for the
benchmarks.
"""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError
from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.text import clean_line

_CHILD = Path(__file__).with_name("llama_server.py")
"""Run by its path: it imports nothing of the game, and no module in the current folder can take its
place."""

_SERVER_CHILD = Path(__file__).with_name("gpu_server_process.py")
"""The child for a `llama-server`, which it starts in turn."""

_LOADING_SECONDS = 300
"""A large model on a slow disk takes minutes; longer means that it hangs."""


def default_threads() -> int:
    """Return the number of cores this process may use, less one: another busy process on the last
    core would slow the engine threefold.
    """
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)) - 1)
    return max(1, (os.cpu_count() or 1) - 1)


@dataclass(frozen=True, slots=True)
class LlamaSettings:
    """How to start llama.cpp."""

    path: Path
    """The GGUF file."""
    name: str
    """The alias of the model."""
    context_length: int
    """Tokens; llama.cpp reduces it to what the model was trained for."""
    threads: int
    log: Path | None = None
    """The file for its output, which is discarded otherwise."""
    lora: tuple[tuple[Path, float], ...] = ()
    """Adapters to apply at run time, each with its scale: slower than merging them."""
    slots: int = 1
    """Prompts that it keeps in memory, each of `context_length`: guidance needs two."""

    batch_size: int = 256
    """Tokens that are evaluated in one step (`n_batch`). Prefill can be cancelled only between two
    steps, and the replies of all other slots wait for one."""
    chat: bool = False
    """Whether it renders the model's chat template."""
    slot_folder: Path | None = None
    """Where its slots can be saved; they cannot where it is None."""
    program: Path | None = None
    """A `llama-server` to run in place of the built-in llama.cpp, on as much of a GPU as fits. It
    always has the chat template, and neither `lora` nor `slot_folder`."""

    def to_dict(self, token: str) -> dict[str, Any]:
        """Return the settings as `llama_server.py` reads them."""
        return {
            "model": str(self.path),
            "name": self.name,
            "token": token,
            "context_length": self.context_length,
            "slots": self.slots,
            "threads": self.threads,
            "batch_size": self.batch_size,
            "chat": self.chat,
            "slot_folder": str(self.slot_folder) if self.slot_folder else "",
            "log": str(self.log) if self.log else None,
            "lora": [(str(path), scale) for path, scale in self.lora],
            "program": str(self.program) if self.program else None,
        }


class LlamaProcess:
    """A process that has loaded its model and serves it at `address` to clients with `token`."""

    def __init__(self, process: Process, address: str, token: str) -> None:
        self.address = address
        self.token = token
        self._process = process

    @classmethod
    async def start(cls, settings: LlamaSettings) -> "LlamaProcess":
        """Return a process that has loaded the model; nothing of it is left where that fails.

        Raises GeneratorError where the model cannot be loaded, EngineStopped where the process
        ends, and EngineSilent where it takes too long.
        """
        if not settings.path.is_file():
            raise GeneratorError(
                f"The model file {settings.path} is not there. Choose another model."
            )
        token = secrets.token_urlsafe(24)
        process = await _spawn(_SERVER_CHILD if settings.program else _CHILD)
        try:
            address = await _load(process, settings, token)
        except BaseException:  # a cancelled start included
            await _kill(process)
            raise
        return cls(process, address, token)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is known to have ended."""
        return self._process.returncode is not None

    async def send(self, document: dict[str, Any]) -> None:
        """Write a line of JSON to the process. Raises EngineStopped where it has ended."""
        try:
            _, writer = _pipes(self._process)
            writer.write(json.dumps(document).encode() + b"\n")
            await writer.drain()
        except OSError as error:
            raise EngineStopped("The engine has stopped. Try again.") from error

    async def receive(self) -> dict[str, Any]:
        """Return the next line of JSON. Raises EngineStopped where the process has ended."""
        try:
            reader, _ = _pipes(self._process)
            document = json.loads(await reader.readline())
        except (OSError, ValueError) as error:
            raise EngineStopped("The engine has stopped. Try again.") from error
        return document if isinstance(document, dict) else {}

    async def kill(self) -> None:
        """End the process at once: it has nothing to save."""
        await _kill(self._process)


@asynccontextmanager
async def serve(
    settings: LlamaSettings, timeouts: Timeouts | None = None
) -> AsyncGenerator[ModelServerClient, None]:
    """Run llama.cpp for the duration of the block, which gets a client of its HTTP interface.

    Raises what `LlamaProcess.start` raises.
    """
    process = await LlamaProcess.start(settings)
    client = ModelServerClient(process.address, process.token, timeouts or Timeouts())
    try:
        yield client
    finally:
        await process.kill()
        await client.close()


async def _spawn(child: Path) -> Process:
    """Start the process. The token goes through its standard input, which no other one can read."""
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            str(child),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # Ctrl-C and a closed terminal are for the parent alone
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise EngineStopped(f"The engine cannot be started: {error.strerror}.") from error


async def _load(process: Process, settings: LlamaSettings, token: str) -> str:
    """Send the settings and return the address that the process answers once it has loaded."""
    name = settings.path.name
    is_built_in = settings.program is None
    engine = "The engine" if is_built_in else "llama-server"
    try:
        async with asyncio.timeout(_LOADING_SECONDS):
            line = await _exchange(process, json.dumps(settings.to_dict(token)).encode())
        answer = json.loads(line)
    except TimeoutError as error:
        raise EngineSilent(f"{engine} took too long to load {name}. Try again.") from error
    except (OSError, ValueError) as error:
        raise EngineStopped(
            f"{engine} stopped while loading {name}: the file may be damaged, or memory short."
            f"{' Choose another model.' * is_built_in}"
        ) from error
    match answer:
        case {"address": str(address)}:
            return address
        case {"error": str(remark)}:
            reason = clean_line(remark).rstrip(".") or "no reason given"
        case _:
            reason = "no reason given"
    if not is_built_in:
        raise GeneratorError(f"llama-server cannot load {name}: {reason}.")
    raise GeneratorError(
        f"The engine cannot load {name} ({reason}). The file may be damaged or of a kind it does "
        "not know. Choose another model."
    )


async def _exchange(process: Process, line: bytes) -> bytes:
    """Write a line to the process, and return the line it answers. Its input stays open."""
    reader, writer = _pipes(process)
    writer.write(line + b"\n")
    await writer.drain()
    return await reader.readline()


def _pipes(process: Process) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if process.stdin is None or process.stdout is None:
        raise EngineStopped("The engine was started without pipes. Try again.")
    return process.stdout, process.stdin


async def _kill(process: Process) -> None:
    """Kill the process, which may have ended already, with the one it has started, and wait."""
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            process.kill()
        elif process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
    await process.wait()
