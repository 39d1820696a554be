"""Prefetch the next prompt into the engine's prefix cache while the player reads and types."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

from dungeon.errors import GrueError
from dungeon.generator import Finished, Generator, PrefillProgress, Request
from dungeon.sampling import Sampling


class Prefetcher:
    """Reads one prompt at a time in the background."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._task: asyncio.Task[None] | None = None
        self._evaluated = 0

    def begin(self, prompt: Callable[[], Awaitable[str]]) -> None:
        """Start the engine, if need be, and read `prompt`; a reading under way is given up."""
        before, self._task = self._task, None
        if before is not None:
            before.cancel()
        self._task = asyncio.create_task(self._read(before, prompt))

    async def settle(self) -> None:
        """Wait until the reading has come to its end."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def end(self) -> None:
        """Give up the reading under way; what was read stays read."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def take_evaluated(self) -> int:
        """Return the prompt tokens read since this was last asked."""
        evaluated, self._evaluated = self._evaluated, 0
        return evaluated

    async def _read(
        self, before: asyncio.Task[None] | None, prompt: Callable[[], Awaitable[str]]
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        # An error here is not reported: the next turn meets it again, and reports it.
        with suppress(GrueError):
            await self._generator.open()
            if self._generator.supports_prefetch:
                await self._read_prompt(await prompt())

    async def _read_prompt(self, prompt: str) -> None:
        evaluated = 0
        try:
            request = Request(prompt, max_tokens=0, sampling=Sampling(), seed=0)
            async with aclosing(self._generator.stream(request)) as stream:
                async for event in stream:
                    match event:
                        case PrefillProgress(done, _, cached):
                            evaluated = done - cached
                        case Finished(_, usage):
                            evaluated = usage.prompt_tokens_evaluated
        finally:
            self._evaluated += max(evaluated, 0)
