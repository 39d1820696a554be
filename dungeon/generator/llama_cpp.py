"""Provides LlamaGenerator, the default engine: llama.cpp in a child process on this machine.

The child is a process of its own because in the game's it freezes the screen while it loads, and
can hang or crash when it leaves. Speaking to it is RemoteGenerator's part. Knows nothing of
catalogs; it is given a file.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from dungeon.errors import EngineStopped
from dungeon.generator import Event, Model, Request
from dungeon.generator.http_client import Timeouts
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings, default_threads
from dungeon.generator.remote import RemoteGenerator

_LAST_BREATH = 0.5
"""Seconds in which a child whose connection broke off is found to be dead; else it hangs."""


class LlamaCppGenerator:
    """A GGUF file, run by llama.cpp. A child that has ended is started again on next use."""

    reads_ahead = True

    def __init__(
        self,
        model_path: Path,
        *,
        name: str,
        sha256: str = "",
        context_length: int = 2048,
        threads: int | None = None,
        log: Path | None = None,
        lora: tuple[tuple[Path, float], ...] = (),
        patience: Timeouts | None = None,
    ) -> None:
        """See LlamaSettings; `threads` is `default_threads()` for None."""
        self._settings = LlamaSettings(
            model_path, name, context_length, threads or default_threads(), log, lora
        )
        self._model = Model(name, context_length, sha256)
        self._patience = patience
        self._child: LlamaProcess | None = None
        self._remote: RemoteGenerator | None = None
        self._starting = asyncio.Lock()

    @property
    def model(self) -> Model:
        """The model; its context length is what the engine grants once `open` has returned."""
        return self._model

    @property
    def process_id(self) -> int | None:
        """The child's process id, or None where none runs."""
        return self._child.id if self._child else None

    async def open(self) -> None:
        """Start the child and wait until it has loaded the model.

        Raises GeneratorError where the model cannot be loaded, EngineStopped where the child ends.
        """
        await self._running()

    async def close(self) -> None:
        """End the child at once."""
        remote, self._remote = self._remote, None
        child, self._child = self._child, None
        if remote is not None:
            await remote.close()
        if child is not None:
            await child.end()

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has. Raises EngineStopped where the child ends."""
        remote = await self._running()
        try:
            return await remote.count_tokens(text)
        except EngineStopped as error:
            raise await self._stopped(error) from error

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes, then Finished.

        Raises PromptTooLong, and EngineStopped where the child ends or falls silent.
        """
        remote = await self._running()
        async with aclosing(remote.stream(request)) as events:
            try:
                async for event in events:
                    yield event
            except EngineStopped as error:
                raise await self._stopped(error) from error

    async def _running(self) -> RemoteGenerator:
        """Return the client of a child that runs, starting one where none does."""
        async with self._starting:
            if self._remote is None or self._child is None or self._child.ended:
                await self.close()
                self._remote = await self._start()
            return self._remote

    async def _start(self) -> RemoteGenerator:
        self._child = child = await LlamaProcess.start(self._settings)
        remote = RemoteGenerator(child.address, api_key=child.token, patience=self._patience)
        await remote.open()
        length = min(self._settings.context_length, remote.model.context_length)
        self._model = replace(self._model, context_length=length)
        return remote

    async def _stopped(self, error: EngineStopped) -> EngineStopped:
        """Return the error for a child that ended or fell silent, and make way for a new one."""
        dead = self._child is None or await self._child.ends_within(_LAST_BREATH)
        await self.close()
        if dead:
            return EngineStopped("The engine stopped. It starts anew when you try again.")
        return EngineStopped(f"The engine failed and was ended; try again. ({error})")
