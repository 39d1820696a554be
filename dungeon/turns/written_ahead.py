"""Write the next continuation while the player reads, so that Continue answers at once.

The reply is generated like any other. Where the player lets the story continue, its events are
handed out from the first on; any other action cancels it.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from dungeon.settings.generation import GenerationSettings
from dungeon.story import CONTINUE, Action, Adventure
from dungeon.turns.generation import Generation, ReplyEvent
from dungeon.turns.power import is_on_battery

Begin = Callable[[], Awaitable[Generation]]
"""Begins the generation of a continuation."""


class WrittenAhead:
    """At most one continuation, with the state of the story and the settings it belongs to."""

    def __init__(self) -> None:
        self._adventure: Adventure | None = None
        self._settings: GenerationSettings | None = None
        self._reply: WrittenReply | None = None

    async def write(self, adventure: Adventure, settings: GenerationSettings, begin: Begin) -> None:
        """Write the continuation at the head of `adventure`, and wait for its end.

        Does nothing where the settings do not ask for it, or a battery would be drained. Where this
        call is cancelled, the writing goes on until `take` or `cancel`.
        """
        await self.cancel()
        if not settings.write_ahead or adventure.head is None or is_on_battery():
            return
        reply = WrittenReply(await begin())
        self._adventure, self._settings, self._reply = adventure, settings, reply
        await asyncio.wait([reply.task])

    def take(
        self, adventure: Adventure, action: Action, settings: GenerationSettings
    ) -> "WrittenReply | None":
        """Return the continuation, finished or not; None where there is none for this state, or the
        action is another one.
        """
        reply, state = self._reply, (action, settings)
        is_current = self._adventure is adventure and state == (CONTINUE, self._settings)
        if reply is None or not is_current or reply.has_failed:
            return None
        self._reply = None
        reply.generation.started = time.monotonic()
        return reply

    async def cancel(self) -> None:
        """End the writing, and forget what was written."""
        reply, self._reply = self._reply, None
        if reply is not None:
            await reply.cancel()


class WrittenReply:
    """A reply that is written by a task of its own."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.task = asyncio.create_task(self._write())
        self._events: asyncio.Queue[ReplyEvent | None] = asyncio.Queue()
        """What was generated; None is the end."""

    @property
    def has_failed(self) -> bool:
        """Whether the engine has failed; the next try will say why."""
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)

    async def events(self) -> AsyncGenerator[ReplyEvent, None]:
        """Yield the events from the first on, to one consumer. Raises GeneratorError."""
        try:
            while (event := await self._events.get()) is not None:
                yield event
            await self.task
        finally:
            await self.cancel()

    async def cancel(self) -> None:
        """End the writing."""
        self.task.cancel()
        await asyncio.wait([self.task])
        if not self.task.cancelled():
            self.task.exception()  # looked at, since asyncio reports one that nobody has seen

    async def _write(self) -> None:
        try:
            async with aclosing(self.generation.events()) as events:
                async for event in events:
                    self._events.put_nowait(event)
        finally:
            self._events.put_nowait(None)
