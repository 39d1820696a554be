"""Provides Engine: the run's model, as a generator that may still be on its way.

A game can begin with it at once; its `open` waits until the model is fetched, prepared and started.
Says how far that has come. Knows nothing of widgets, nor where models come from.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto

from dungeon.errors import EngineStopped, GrueError
from dungeon.generator import Event, Generator, Model, Request
from dungeon.session import Progress
from dungeon.threads import run_in_thread

TOLD_EVERY = 0.1
"""Seconds between two words on how far a fetch has come."""

UNKNOWN_LENGTH = 2048
"""The context length assumed of a model that is not there yet; it is asked anew once it is."""


class Stage(Enum):
    """How far the model has come."""

    WAITING = auto()
    FETCHING = auto()
    STARTING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class State:
    """How far the model has come, in words."""

    stage: Stage
    sentence: str
    done: int = 0
    total: int = 0
    """What is fetched or prepared, and of how much; 0 of 0 where it is not known."""


class LoadCancelled(Exception):
    """The player has left while a model was being fetched; what is fetched stays."""


class ModelLoader:
    """The model of this run. A Generator itself."""

    def __init__(
        self, find: Callable[[Progress], Generator], name: str, tell: Callable[[State], None]
    ) -> None:
        """`find` may block for as long as it takes; `tell` hears of every new state."""
        self.state = State(Stage.WAITING, "")
        self._find = find
        self._name = name
        self._tell = tell
        self._found: Generator | None = None
        self._opening: asyncio.Task[None] | None = None
        self._left = False
        self._told_at = 0.0

    @property
    def model(self) -> Model:
        """The model; only its name is known before it is there."""
        return self._found.model if self._found else Model(self._name, UNKNOWN_LENGTH)

    @property
    def reads_ahead(self) -> bool:
        """Whether reading ahead is worth it."""
        return self._found is not None and self._found.reads_ahead

    @property
    def ready(self) -> bool:
        """Whether the model can answer."""
        return self.state.stage is Stage.READY

    async def open(self) -> None:
        """Wait until the model can answer. Several may wait; the model is looked for once."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(_look_at)
        await asyncio.shield(self._opening)

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes. Raises GeneratorError."""
        return self._there().stream(request)

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has. Raises GeneratorError."""
        return await self._there().count_tokens(text)

    async def close(self) -> None:
        """Let the model go, also one that is still on its way."""
        self._left = True
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError, GrueError):
                await self._opening
        if self._found is not None:
            await self._found.close()

    async def _open(self) -> None:
        try:
            if not self.ready:
                self._say(State(Stage.STARTING, f"Waking {self._name}"))
            if self._found is None:
                loop = asyncio.get_running_loop()
                self._found = await run_in_thread(lambda: self._find(self._progress_on(loop)))
            await self._found.open()
        except GrueError as error:
            self._say(State(Stage.FAILED, str(error)))
            raise
        if not self.ready:
            self._say(State(Stage.READY, f"{self._found.model.name} is ready"))

    def _progress_on(self, loop: asyncio.AbstractEventLoop) -> Progress:
        def progress(what: str, done: int, total: int) -> None:
            if self._left:
                raise LoadCancelled
            now = time.monotonic()
            if now - self._told_at < TOLD_EVERY and done < total:
                return
            self._told_at = now
            state = State(Stage.FETCHING, f"{what} {self._name}", done, total)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._say, state)

        return progress

    def _say(self, state: State) -> None:
        self.state = state
        self._tell(state)

    def _there(self) -> Generator:
        if self._found is None:
            raise EngineStopped("The model is not there yet. Wait a moment and try again.")
        return self._found


def _look_at(opening: "asyncio.Task[None]") -> None:
    """Look at how `opening` ended: who waited for it hears of it, and nobody may have."""
    if not opening.cancelled():
        opening.exception()
