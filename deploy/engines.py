"""The engine of a replica: a child process with an OpenAI-compatible server on loopback."""

import asyncio
import os
import secrets
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress

import httpx

from deploy.settings import DeploySettings
from dungeon.errors import EngineSilent, EngineStopped, InputRefused
from dungeon.files.home import Home
from dungeon.models.resolver import CatalogModel, FileModel, prepare_file, resolve
from dungeon.serving.engine import LlamaEngine, engine_settings
from dungeon.serving.location import Engine, Location

_LOADING_SECONDS = 900
"""vLLM loads a large model and captures its CUDA graphs in minutes."""


def create_engine(settings: DeploySettings) -> Engine:
    """Return the engine, which starts when it is first asked where it is. Raises InputRefused where
    the model cannot be served by it.
    """
    if settings.engine == "vllm":
        if not settings.model:
            raise InputRefused("vLLM needs a model: a folder of safetensors, or a hub id.")
        return VllmEngine(settings)
    choice = resolve(settings.model)
    if not isinstance(choice, CatalogModel | FileModel):
        raise InputRefused(
            f"llama.cpp cannot serve {settings.model!r}: name a catalog model or a .gguf file."
        )
    file = prepare_file(choice, Home.find().models)
    return LlamaEngine(
        engine_settings(
            file, slots=settings.slots, context=settings.context, threads=settings.threads
        )
    )


class VllmEngine:
    """`vllm serve` as a child process, started again when it has ended."""

    def __init__(self, settings: DeploySettings, python: str = sys.executable) -> None:
        self._settings = settings
        self._python = python
        self._process: Process | None = None
        self._location = Location("", "")
        self._starting = asyncio.Lock()

    async def locate(self) -> Location:
        """Return where it answers, started again if it has ended. Raises GeneratorError."""
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                await self._start()
            return self._location

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()

    def arguments(self, port: int) -> list[str]:
        """Return the command line. vLLM's defaults include the prefix cache and chunked prefill."""
        found = ["--host", "127.0.0.1", "--port", str(port)]
        found += ["--max-num-seqs", str(self._settings.slots)]
        if self._settings.context:
            found += ["--max-model-len", str(self._settings.context)]
        if self._settings.gpus > 1:
            found += ["--tensor-parallel-size", str(int(self._settings.gpus))]
        return [
            *(self._python, "-m", "vllm.entrypoints.cli.main", "serve"),
            *(self._settings.model, *found),
        ]

    async def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        location = Location(f"http://127.0.0.1:{port}", secrets.token_urlsafe(24))
        # The key is in the environment, since other users can read a command line.
        self._process = process = await asyncio.create_subprocess_exec(
            *self.arguments(port), env={**os.environ, "VLLM_API_KEY": location.key}, stdin=DEVNULL
        )
        try:
            async with asyncio.timeout(_LOADING_SECONDS):
                await _until_healthy(process, location.address)
        except TimeoutError as error:
            await self.close()
            raise EngineSilent(f"vLLM took too long to load {self._settings.model}.") from error
        self._location = location


async def _until_healthy(process: Process, address: str) -> None:
    """Wait until the server answers. Raises EngineStopped where the process ends before."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while process.returncode is None:
            with suppress(httpx.HTTPError):
                if (await client.get(address + "/health")).status_code == httpx.codes.OK:
                    return
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.5)
    raise EngineStopped(
        f"vLLM ended with exit code {process.returncode} while it loaded; its output is in the "
        "log of the replica."
    )
