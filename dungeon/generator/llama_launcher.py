"""Launch llama.cpp as a child process that serves a model on this machine, and end it.

The one launcher of Grue: for the game's generator, for checking an exported file, and for the
benchmarks.
"""

import asyncio
import json
import os
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError
from dungeon.generator.child_process import ChildProcess
from dungeon.text import clean_line
from dungeon.threads import run_in_thread

if TYPE_CHECKING:  # they import httpx, which is slow
    from dungeon.generator.http_client import ModelServerClient, Timeouts

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
    context_length: int = 2048
    """Tokens; llama.cpp reduces it to what the model was trained for."""
    threads: int = field(default_factory=default_threads)
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


class LoadingProcess:
    """A process that has been told to load a model. It needs no event loop to begin."""

    def __init__(self, settings: LlamaSettings) -> None:
        """Start it. Raises GeneratorError where there is no model file, EngineStopped where no
        process can be started.
        """
        if not settings.path.is_file():
            raise GeneratorError(
                f"The model file {settings.path} is not there. Choose another model."
            )
        self.settings = settings
        self._token = secrets.token_urlsafe(24)
        self._process = ChildProcess(_SERVER_CHILD if settings.program else _CHILD)
        with suppress(OSError):  # it has ended already, which `wait` finds
            self._process.write(settings.to_dict(self._token))

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def wait(self) -> "LlamaProcess":
        """Return the process once it has loaded the model; nothing of it is left where that fails.

        Raises GeneratorError where the model cannot be loaded, EngineStopped where the process
        ends, and EngineSilent where it takes too long.
        """
        try:
            address = await _wait_for_address(self._process, self.settings)
        except BaseException:  # a cancelled start included
            await self._process.kill()
            raise
        return LlamaProcess(self._process, address, self._token)

    def read_ahead(self, prompt: str) -> None:
        """Let the process read `prompt` once it has loaded the model, before anybody asks."""
        with suppress(OSError):  # as above
            self._process.write({"prompt": prompt})

    def kill(self) -> None:
        """End the process for which nobody waits."""
        self._process.kill_and_wait()


class LlamaProcess:
    """A process that has loaded its model and serves it at `address` to clients with `token`."""

    def __init__(self, process: ChildProcess, address: str, token: str) -> None:
        self.address = address
        self.token = token
        self._process = process

    @classmethod
    async def start(cls, settings: LlamaSettings) -> "LlamaProcess":
        """Return a process that has loaded the model. Raises as LoadingProcess does."""
        return await LoadingProcess(settings).wait()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.has_ended

    async def send(self, document: dict[str, Any]) -> None:
        """Write a line of JSON to the process. Raises EngineStopped where it has ended."""
        try:
            await run_in_thread(self._process.write, document)
        except OSError as error:
            raise EngineStopped("The engine has stopped. Try again.") from error

    async def receive(self) -> dict[str, Any]:
        """Return the next line of JSON. Raises EngineStopped where the process has ended."""
        try:
            document = json.loads(await self._process.read_line())
        except ValueError as error:
            raise EngineStopped("The engine has stopped. Try again.") from error
        return document if isinstance(document, dict) else {}

    async def kill(self) -> None:
        """End the process at once: it has nothing to save."""
        await self._process.kill()


StartProcess = Callable[[LlamaSettings], Awaitable[LlamaProcess]]
"""Starts a process and waits until it has loaded the model, like `LlamaProcess.start`."""


@asynccontextmanager
async def serve(
    settings: LlamaSettings, timeouts: "Timeouts | None" = None
) -> AsyncGenerator["ModelServerClient", None]:
    """Run llama.cpp for the duration of the block, which gets a client of its HTTP interface.

    Raises what `LlamaProcess.start` raises.
    """
    from dungeon.generator.http_client import ModelServerClient, Timeouts

    process = await LlamaProcess.start(settings)
    client = ModelServerClient(process.address, process.token, timeouts or Timeouts())
    try:
        yield client
    finally:
        await process.kill()
        await client.close()


async def _wait_for_address(process: ChildProcess, settings: LlamaSettings) -> str:
    """Return the address that the process answers once it has loaded the model."""
    name = settings.path.name
    is_built_in = settings.program is None
    engine = "The engine" if is_built_in else "llama-server"
    try:
        async with asyncio.timeout(_LOADING_SECONDS):
            answer = json.loads(await process.read_line())
    except TimeoutError as error:
        raise EngineSilent(f"{engine} took too long to load {name}. Try again.") from error
    except ValueError as error:
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
