"""What the engine does while the player reads: read the next prompt, ask for changes of the state,
and write the next continuation.

It is one task in the background. Any action cancels it, and what is done by then stays.
"""

import time
from collections.abc import Awaitable, Callable

from dungeon.generator import Generator, Request
from dungeon.settings.generation import GenerationSettings
from dungeon.story import CONTINUE, Action, Adventure
from dungeon.turns.generation import Generation
from dungeon.turns.prefetch import Prefetcher
from dungeon.turns.rolling_summary import RollingSummary
from dungeon.turns.state_extraction import StateExtraction
from dungeon.turns.turn_generation import prefetch_request
from dungeon.turns.written_ahead import WrittenAhead, WrittenReply

Begin = Callable[[Adventure, Action, float], Awaitable[Generation]]
"""Begins the reply to an action at the head of an adventure, at a time of the monotonic clock."""


class IdleWork:
    """The work between two turns of a game."""

    def __init__(
        self,
        generator: Generator,
        summary: RollingSummary,
        extraction: StateExtraction,
        adventure: Callable[[], Adventure],
        settings: Callable[[], GenerationSettings],
        begin: Begin,
    ) -> None:
        self._prefetcher = Prefetcher(generator)
        self._written_ahead = WrittenAhead()
        self._summary = summary
        self._extraction = extraction
        self._adventure = adventure
        self._settings = settings
        self._begin = begin

    def start(self) -> None:
        """Start the engine if necessary, and the work anew."""
        self._prefetcher.start(self._next_request, self._extract, self._write_ahead)

    async def wait(self) -> None:
        """Wait until it is done."""
        await self._prefetcher.wait()

    async def pause(self) -> None:
        """Cancel it, but for a continuation that is being written."""
        await self._prefetcher.cancel()

    async def cancel(self) -> None:
        """Cancel all of it."""
        await self._prefetcher.cancel()
        await self._written_ahead.cancel()

    async def take_continuation(self, base: Adventure, action: Action) -> WrittenReply | None:
        """Return the continuation that was written, where it answers `action`; cancel any other."""
        written = self._written_ahead.take(base, action, self._settings())
        await self._written_ahead.cancel()
        return written

    def take_evaluated(self) -> int:
        """Return the number of prompt tokens evaluated since the last call."""
        return self._prefetcher.take_evaluated()

    async def _next_request(self) -> Request:
        settings = self._settings()
        return prefetch_request(await self._summary.compose_next(settings), settings)

    async def _extract(self) -> bool:
        return await self._extraction.run(self._settings())

    async def _write_ahead(self) -> None:
        base, started = self._adventure(), time.monotonic()
        await self._written_ahead.write(
            base, self._settings(), lambda: self._begin(base, CONTINUE, started)
        )
