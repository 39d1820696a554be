"""Provides LlamaGenerator, the default engine: llama.cpp in a child process on this machine.

The child is a process of its own because in the game's it freezes the screen while it loads, and
can hang or crash when it leaves. One that has died is replaced unasked, in the middle of a reply,
too: its successor goes on from the words there are. Speaking to it is RemoteGenerator's part. Knows
nothing of catalogs; it is given a file.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from dungeon.errors import EngineSilent, EngineStopped
from dungeon.generator import Event, Finished, Model, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.http_client import Timeouts
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings, default_threads
from dungeon.generator.remote import RemoteGenerator

_CHILDREN = 2
"""How many children a request, or a start, may cost: one may be killed; two are no accident."""


class LlamaCppGenerator:
    """A GGUF file, run by llama.cpp. A child that ends is started again."""

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
        start: Callable[[LlamaSettings], Awaitable[LlamaProcess]] = LlamaProcess.start,
    ) -> None:
        """See LlamaSettings; `threads` is `default_threads()` for None."""
        self._settings = LlamaSettings(
            model_path, name, context_length, threads or default_threads(), log, lora
        )
        self._model = Model(name, context_length, sha256)
        self._patience = patience
        self._start_child = start
        self._child: LlamaProcess | None = None
        self._remote: RemoteGenerator | None = None
        self._starting = asyncio.Lock()
        self._closed = False

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
        self._closed = True
        await self._end()

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has. Raises EngineStopped where one child after the other
        ends.
        """
        for left in reversed(range(_CHILDREN)):
            remote = await self._running()
            try:
                return await remote.count_tokens(text)
            except EngineStopped as error:
                await self._make_way(remote, error, left)
        raise AssertionError  # the last one returns or raises

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes, then Finished.

        Raises PromptTooLong, and EngineStopped where the child falls silent, or one after the other
        ends.
        """
        reply = _Reply(request)
        for left in reversed(range(_CHILDREN)):
            remote = await self._running()
            try:
                async with aclosing(remote.stream(reply.rest())) as events:
                    async for event in events:
                        for told in reply.take(event):
                            yield told
            except EngineStopped as error:
                await self._make_way(remote, error, left)
            else:
                return

    async def _running(self) -> RemoteGenerator:
        """Return the client of a child that runs, starting one where none does."""
        self._closed = False
        async with self._starting:
            if self._remote is None or self._child is None or self._child.ended:
                await self._end()
                self._remote = await self._started()
            return self._remote

    async def _started(self) -> RemoteGenerator:
        """Return the client of a new child, and of another where it ends as it starts."""
        for left in reversed(range(_CHILDREN)):
            try:
                return await self._start()
            except EngineStopped as error:
                if self._child is None and (not left or isinstance(error, EngineSilent)):
                    raise  # it has never run, and its own sentence says why
                await self._make_way(None, error, left)
        raise AssertionError  # the last one returns or raises

    async def _start(self) -> RemoteGenerator:
        self._child = child = await self._start_child(self._settings)
        remote = RemoteGenerator(child.address, api_key=child.token, patience=self._patience)
        try:
            await remote.open()
        except EngineStopped:
            await remote.close()
            raise
        length = min(self._settings.context_length, remote.model.context_length)
        self._model = replace(self._model, context_length=length)
        return remote

    async def _make_way(
        self, failed: RemoteGenerator | None, error: EngineStopped, left: int
    ) -> None:
        """End the child that failed. Raises EngineStopped where no new one is to take its place:
        it fell silent, and who has waited so long is not to wait again unasked; none is `left`;
        or the engine was closed.
        """
        if failed is self._remote:
            await self._end()
        if isinstance(error, EngineSilent):
            raise EngineSilent(f"The engine failed and was ended; try again. ({error})") from error
        if not left or self._closed:
            stopped = "The engine stopped. It starts anew when you try again."
            raise EngineStopped(stopped) from error

    async def _end(self) -> None:
        remote, self._remote = self._remote, None
        child, self._child = self._child, None
        if child is not None:
            await child.end()
        if remote is not None:
            await remote.close()


@dataclass(slots=True)
class _Reply:
    """A reply that it may take more than one child to write."""

    asked: Request
    text: str = ""
    pieces: int = 0
    before: int = 0
    """The pieces that were there when the child of now was asked."""
    prompt_tokens: int = 0

    def rest(self) -> Request:
        """Return what the next child is to be asked: to go on from the words there are."""
        self.before = self.pieces
        if not self.pieces:
            return self.asked
        left = max(self.asked.max_tokens - self.pieces, 1)
        return replace(self.asked, prompt=self.asked.prompt + self.text, max_tokens=left)

    def take(self, event: Event) -> tuple[Event, ...]:
        """Return what is to be told of an event of the child of now."""
        match event:
            case PrefillProgress() if self.before:
                return ()  # the player has long seen the prompt read
            case PrefillProgress(_, total, _):
                self.prompt_tokens = total
            case TextChunk(text):
                self.text += text
                self.pieces += 1
            case Finished(reason, usage) if self.before:
                prompt = self.prompt_tokens or usage.prompt_tokens
                read = min(usage.prompt_tokens_evaluated, prompt)
                return (Finished(reason, Usage(prompt, read, usage.tokens + self.before)),)
        return (event,)
