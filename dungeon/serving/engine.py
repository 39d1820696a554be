"""The engine of the server: llama.cpp as a child process, started again when it has ended."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings
from dungeon.models.resolver import PreparedFile
from dungeon.serving.location import Location

BATCH_SIZE = 64
"""Tokens of a step: with more, a long prompt of one player holds up the replies of the others for
longer, with fewer it is read more slowly."""


def engine_settings(
    file: PreparedFile,
    *,
    slots: int,
    context: int,
    threads: int,
    batch_size: int = BATCH_SIZE,
    slot_folder: Path | None = None,
) -> LlamaSettings:
    """Return how llama.cpp serves `file` to several clients; a `context` of 0 is the model's."""
    return LlamaSettings(
        file.path,
        file.name,
        context or file.context_length,
        threads,
        slots=slots,
        batch_size=batch_size,
        slot_folder=slot_folder,
        chat=True,
    )


class LlamaEngine:
    """llama.cpp with several slots, among which it batches continuously."""

    def __init__(
        self,
        settings: LlamaSettings,
        start: Callable[[LlamaSettings], Awaitable[LlamaProcess]] = LlamaProcess.start,
    ) -> None:
        self._settings = settings
        self._start = start
        self._process: LlamaProcess | None = None
        self._starting = asyncio.Lock()

    async def locate(self) -> Location:
        """Return where it answers, started again if it has ended. Raises GeneratorError."""
        async with self._starting:
            if self._process is None or self._process.has_ended:
                self._process = await self._start(self._settings)
            return Location(self._process.address, self._process.token)

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            await process.kill()
