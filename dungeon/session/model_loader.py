"""Load the model in the background, and report how far that is.

A game can begin at once: the loader is itself a generator, whose `open` waits until the model is
fetched, prepared and started.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, auto

from dungeon.chat import ChatMessage
from dungeon.errors import EngineStopped, GrueError, InputRefused
from dungeon.generator import EngineReport, Event, Generator, Model, Request
from dungeon.generator.token_scores import NOT_SUPPORTED, ScoredToken, TokenScorer
from dungeon.models.progress import Progress
from dungeon.text import clean_line
from dungeon.threads import run_in_thread

REPORT_INTERVAL = 0.1
"""Seconds between two reports on how far a download or a preparation is."""

UNKNOWN_LENGTH = 2048
"""The context length assumed of a model that is not loaded yet, in tokens."""


_MEGABYTE = 1_000_000


class Stage(Enum):
    """What is being done about the model."""

    WAITING = auto()
    FETCHING = auto()
    STARTING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class LoadState:
    """How far the loading is."""

    stage: Stage
    sentence: str
    done: int = 0
    """Bytes fetched or prepared."""
    total: int = 0
    """Bytes in all; 0 where that is unknown."""
    notice: str = ""
    """What a player is told once: that another engine is used than was asked for."""


def load_sentence(state: LoadState) -> str:
    """Return `state` in words, with how much is fetched."""
    sentence = clean_line(state.sentence)
    if state.stage is not Stage.FETCHING or not state.total:
        return sentence
    if state.total < _MEGABYTE:
        return f"{sentence}, {state.done / state.total:.0%}"
    return f"{sentence}, {state.done // _MEGABYTE} of {state.total // _MEGABYTE} MB"


class LoadCancelled(Exception):
    """The player has left while a model was being fetched; what is fetched stays."""


class ModelLoader:
    """A generator that is loaded when it is first opened."""

    def __init__(
        self,
        name: str,
        create: Callable[[Progress], Generator],
        on_state: Callable[[LoadState], None] = lambda _state: None,
    ) -> None:
        """`create` may block for as long as it takes; `on_state` is called on the event loop."""
        self.state = LoadState(Stage.WAITING, "")
        self.on_state = on_state
        self._name = name
        self._create = create
        self._generator: Generator | None = None
        self._loading = asyncio.Lock()
        self._opening: asyncio.Task[None] | None = None
        self._closed = False
        self._reported_at = 0.0

    @property
    def model(self) -> Model:
        """The model; only its name is known before it is loaded."""
        return self._generator.model if self._generator else Model(self._name, UNKNOWN_LENGTH)

    @property
    def supports_prefetch(self) -> bool:
        """Whether prefetching is worth it."""
        return self._generator is not None and self._generator.supports_prefetch

    @property
    def supports_guidance(self) -> bool:
        """Whether replies can be guided; assumed until the model is loaded."""
        return self._generator is None or self._generator.supports_guidance

    @property
    def supports_chat(self) -> bool:
        """Whether the model has a chat template; assumed until it is loaded."""
        return self._generator is None or self._generator.supports_chat

    @property
    def prefers_chat(self) -> bool:
        """Whether a chat suits the model."""
        return self._generator is not None and self._generator.prefers_chat

    @property
    def engine(self) -> str:
        """The engine that runs the model; empty where it has no choice, or is not loaded yet."""
        return self._generator.engine if isinstance(self._generator, EngineReport) else ""

    @property
    def is_ready(self) -> bool:
        """Whether the model can answer."""
        return self.state.stage is Stage.READY

    async def load(self) -> None:
        """Fetch and prepare the model where that is needed; `open` starts it.

        Raises InputRefused or WeightsError.
        """
        async with self._loading:
            if self._generator is None:
                progress = self._progress_on(asyncio.get_running_loop())
                self._generator = await run_in_thread(self._create, progress)

    async def open(self) -> None:
        """Wait until the model can answer. Several tasks may wait for one loading.

        Raises GrueError; the next call tries again.
        """
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(_retrieve)
        await asyncio.shield(self._opening)

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes. Raises GeneratorError."""
        return self._loaded().stream(request)

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has. Raises GeneratorError."""
        return await self._loaded().count_tokens(text)

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str | None:
        """Return a chat in the model's template. Raises GeneratorError."""
        return await self._loaded().render_chat(messages)

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the tokens of `reply` after `prompt`.

        Raises InputRefused where the engine cannot tell, and GeneratorError.
        """
        generator = self._loaded()
        if not isinstance(generator, TokenScorer):
            raise InputRefused(NOT_SUPPORTED)
        return await generator.score_tokens(prompt, reply)

    async def close(self) -> None:
        """Cancel the loading, or close the model."""
        self._closed = True
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError, GrueError):
                await self._opening
        if self._generator is not None:
            await self._generator.close()

    async def _open(self) -> None:
        try:
            if not self.is_ready:
                self._report(LoadState(Stage.STARTING, f"Waking {self._name}"))
            await self.load()
            generator = self._loaded()
            await generator.open()
        except GrueError as error:
            self._report(LoadState(Stage.FAILED, str(error)))
            raise
        if not self.is_ready:
            notice = generator.notice if isinstance(generator, EngineReport) else ""
            sentence = f"{generator.model.name} is ready"
            self._report(LoadState(Stage.READY, sentence, notice=notice))
            self.state = replace(self.state, notice="")

    def _progress_on(self, loop: asyncio.AbstractEventLoop) -> Progress:
        def progress(what: str, done: int, total: int) -> None:
            if self._closed:
                raise LoadCancelled
            now = time.monotonic()
            if now - self._reported_at < REPORT_INTERVAL and done < total:
                return
            self._reported_at = now
            state = LoadState(Stage.FETCHING, f"{what} {self._name}", done, total)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self._report, state)

        return progress

    def _report(self, state: LoadState) -> None:
        self.state = state
        self.on_state(state)

    def _loaded(self) -> Generator:
        if self._generator is None:
            raise EngineStopped("The model is not there yet. Wait a moment and try again.")
        return self._generator


def _retrieve(opening: "asyncio.Task[None]") -> None:
    """Retrieve the task's exception: everybody who waited for it may be gone."""
    if not opening.cancelled():
        opening.exception()
