"""Prefetch the next prompt into the engine's prefix cache while the player reads and types."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress

from dungeon.errors import GrueError
from dungeon.generator import Finished, Generator, PrefillProgress, Request


class Prefetcher:
    """Evaluates one prompt at a time in the background."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._task: asyncio.Task[None] | None = None
        self._evaluated = 0

    def start(
        self,
        request: Callable[[], Awaitable[Request]],
        between: Callable[[], Awaitable[bool]],
        then: Callable[[], Awaitable[None]],
    ) -> None:
        """Start the engine if necessary, evaluate `request`, and do what comes after it.

        `between` returns whether it has used the engine for another prompt: `request` is evaluated
        again after it, before `then`. An earlier prefetch is cancelled.
        """
        before, self._task = self._task, None
        if before is not None:
            before.cancel()
        self._task = asyncio.create_task(self._prefetch(before, request, between, then))

    async def wait(self) -> None:
        """Wait until the prefetch is done."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def cancel(self) -> None:
        """Cancel the prefetch; tokens that are evaluated already stay in the cache."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def take_evaluated(self) -> int:
        """Return the number of prompt tokens evaluated since the last call."""
        evaluated, self._evaluated = self._evaluated, 0
        return evaluated

    async def _prefetch(
        self,
        before: asyncio.Task[None] | None,
        request: Callable[[], Awaitable[Request]],
        between: Callable[[], Awaitable[bool]],
        then: Callable[[], Awaitable[None]],
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        # An error here is not reported: it recurs in the next turn, which reports it.
        with suppress(GrueError):
            await self._generator.open()
            following = await request()
            await self._evaluate(following)
            if await between():
                await self._evaluate(following)
            if self._generator.supports_prefetch:
                await then()

    async def _evaluate(self, request: Request) -> None:
        if not self._generator.supports_prefetch:
            return
        evaluated = 0
        try:
            async with aclosing(self._generator.stream(request)) as stream:
                async for event in stream:
                    match event:
                        case PrefillProgress(done, _, cached):
                            evaluated = done - cached
                        case Finished(_, usage):
                            evaluated = usage.prompt_tokens_evaluated
        finally:
            self._evaluated += max(evaluated, 0)
