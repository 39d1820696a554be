"""The default generator: llama.cpp in a child process on this machine.

In the game's own process it would freeze the screen while it loads, and could hang or crash when it
ends. A child that has died is replaced automatically, in the middle of a reply, too: the next one
continues from the text so far.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from dungeon.chat import ChatMessage
from dungeon.errors import EngineSilent, EngineStopped, GeneratorError
from dungeon.generator import Event, Finished, Model, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.backtracking import without_banned_phrases
from dungeon.generator.gpu_server import GpuServer
from dungeon.generator.http_client import Timeouts
from dungeon.generator.llama_guidance import SLOTS, stream_guided
from dungeon.generator.llama_launcher import (
    LlamaProcess,
    LlamaSettings,
    StartProcess,
)
from dungeon.generator.remote import RemoteGenerator
from dungeon.generator.saved_prompt import LIMIT_BYTES, SavedPrompt
from dungeon.generator.slot_files import SlotFiles
from dungeon.generator.token_scores import ScoredToken

_MAX_STARTS = 2
"""The children that one request may use up: one may be killed, two are no accident."""


class LlamaCppGenerator:
    """A generator on llama.cpp, for a GGUF file."""

    supports_prefetch = True

    def __init__(
        self,
        settings: LlamaSettings,
        *,
        sha256: str = "",
        timeouts: Timeouts | None = None,
        supports_chat: bool = False,
        server: GpuServer | None = None,
        notice: str = "",
        start: StartProcess | None = None,
    ) -> None:
        """Take the settings of the built-in llama.cpp: with `chat` the model prefers chats, with a
        `slot_folder` the last prompt is saved when the generator is closed, and restored by the
        next one. `supports_chat` says that the file has a chat template, preferred or not.
        `server` is used instead of the built-in llama.cpp as long as it can be; `notice` says what
        the player should know of the engine.
        """
        self.supports_chat = supports_chat or settings.chat
        self.prefers_chat = settings.chat
        self._saved_prompt: SavedPrompt | None = None
        if folder := settings.slot_folder:
            self._saved_prompt = SavedPrompt(SlotFiles(folder.parent, folder.name, LIMIT_BYTES))
        if server:
            settings = replace(settings, program=server.program, chat=self.supports_chat)
        self._settings = settings
        self._server = server
        self.notice = notice
        """What the player should know of the engine; final once `open` has returned."""
        self._model = Model(settings.name, settings.context_length, sha256)
        self._timeouts = timeouts
        self._start_child = start or LlamaProcess.start
        self._child: LlamaProcess | None = None
        self._remote: RemoteGenerator | None = None
        self._starting = asyncio.Lock()
        self._closed = False

    @property
    def model(self) -> Model:
        """The model; its context length is final once `open` has returned."""
        return self._model

    @property
    def engine(self) -> str:
        """The engine that runs the model, as the player calls it."""
        return self._server.description if self._server else "the built-in engine"

    @property
    def supports_guidance(self) -> bool:
        """Whether replies can be guided, which the built-in llama.cpp alone does."""
        return self._server is None

    @property
    def process_id(self) -> int | None:
        """The child's process id, or None where none runs."""
        return self._child.pid if self._child else None

    async def open(self) -> None:
        """Start the child and wait until it has loaded the model.

        Raises GeneratorError where the model cannot be loaded, EngineStopped where the child ends.
        """
        await self._running()

    async def close(self) -> None:
        """End the child, at once but for saving its prompt."""
        self._closed = True
        child = self._child
        if child and not child.has_ended and (saved := self._prompt_to_keep):
            await saved.save(child)
        await self._end()

    async def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`.

        Raises EngineStopped where children keep ending.
        """
        for left in reversed(range(_MAX_STARTS)):
            remote = await self._running()
            try:
                return await remote.count_tokens(text)
            except EngineStopped as error:
                await self._discard(remote, error, left)
        raise AssertionError  # the last one returns or raises

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str | None:
        """Return the messages in the template of the file.

        Raises GeneratorError where the template fails, EngineStopped where children keep ending.
        """
        for left in reversed(range(_MAX_STARTS)):
            remote = await self._running(chat=self.supports_chat)
            if not self.supports_chat:
                raise GeneratorError(
                    "The model's chat template is faulty; /format completion plays without it."
                )
            try:
                return await remote.render_chat(messages)
            except EngineStopped as error:
                await self._discard(remote, error, left)
        raise AssertionError  # the last one returns or raises

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the tokens of `reply` after `prompt`. Raises EngineStopped, and a child that has
        ended is replaced by the next call.
        """
        remote = await self._running()
        try:
            return await remote.score_tokens(prompt, reply)
        except EngineStopped as error:
            await self._discard(remote, error, 0)
            raise

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply, then Finished.

        Raises PromptTooLong, and EngineStopped where the child falls silent or children keep
        ending.
        """
        reply = _ResumableReply(request)
        for left in reversed(range(_MAX_STARTS)):
            is_guided = request.is_guided and self.supports_guidance
            remote = await self._running(SLOTS if is_guided else 1)
            if self._child and (saved := self._prompt_to_keep):
                is_opening = request.is_opening
                await saved.restore(self._child, request.prompt, is_opening=is_opening)
            try:
                async with aclosing(self._stream(remote, reply.remaining_request())) as events:
                    async for event in events:
                        for translated in reply.translate(event):
                            yield translated
            except EngineStopped as error:
                await self._discard(remote, error, left)
            else:
                if request.is_opening and request.max_tokens == 0:
                    await self._save_opening()
                return

    async def _save_opening(self) -> None:
        """Save the prompt of an opening that was just read: the next adventure begins sooner."""
        if self._child and (saved := self._prompt_to_keep):
            await saved.save_opening(self._child)

    def _stream(self, remote: RemoteGenerator, request: Request) -> AsyncGenerator[Event, None]:
        if not request.is_guided or self._settings.slots < SLOTS or self._child is None:
            return remote.stream(request)
        child, length = self._child, self._model.context_length
        timeouts = self._timeouts or Timeouts()
        return without_banned_phrases(
            lambda part: stream_guided(child, remote, part, length, timeouts), request
        )

    async def _running(self, slots: int = 1, *, chat: bool = False) -> RemoteGenerator:
        """Return the client of a running child, started if necessary.

        One with fewer than `slots` is replaced: without guidance a second slot is never paid for.
        So is one without a chat template where a `chat` is to be rendered.
        """
        self._closed = False
        async with self._starting:
            if self._settings.slots < slots or (chat and not self._settings.chat):
                slots = max(self._settings.slots, slots)
                self._settings = replace(
                    self._settings, slots=slots, chat=chat or self._settings.chat
                )
                await self._end()
            if self._remote is None or self._child is None or self._child.has_ended:
                await self._end()
                self._remote = await self._start_repeatedly()
            return self._remote

    async def _start_repeatedly(self) -> RemoteGenerator:
        """Return the client of a new child, of a second one where the first ends at once."""
        for left in reversed(range(_MAX_STARTS)):
            try:
                return await self._start()
            except EngineStopped as error:
                if self._child is None and (not left or isinstance(error, EngineSilent)):
                    raise  # it has never run, and its own message gives the reason
                await self._discard(None, error, left)
        raise AssertionError  # the last one returns or raises

    async def _start(self) -> RemoteGenerator:
        """Return the client of a new child: of the server on the GPU, else of the built-in one."""
        if self._server is not None:
            try:
                return await self._connect(await self._start_child(self._settings))
            except GeneratorError as error:
                await self._end()
                self._use_built_in(f"{error} The built-in engine is used.")
        return await self._connect(await self._load())

    async def _connect(self, child: LlamaProcess) -> RemoteGenerator:
        self._child = child
        remote = RemoteGenerator(child.address, api_key=child.token, timeouts=self._timeouts)
        try:
            await remote.open()
        except GeneratorError:
            await remote.close()
            raise
        length = min(self._settings.context_length, remote.model.context_length)
        self._model = replace(self._model, context_length=length)
        return remote

    @property
    def _prompt_to_keep(self) -> SavedPrompt | None:
        """The saved prompt, where there is one: a server on a GPU reads one quickly, and its states
        are not those of the built-in llama.cpp.
        """
        is_kept = self._settings.slots == 1 and self._server is None
        return self._saved_prompt if is_kept else None

    def _use_built_in(self, notice: str) -> None:
        """Use the built-in llama.cpp from now on."""
        self._server, self.notice = None, notice
        self._settings = replace(self._settings, program=None, chat=self.prefers_chat)

    async def _load(self) -> LlamaProcess:
        """Return a new child of the built-in engine. Where it does not load with the file's chat
        template, which is then faulty, it loads without, and chats are not supported.
        """
        try:
            return await self._start_child(self._settings)
        except GeneratorError as error:
            if isinstance(error, EngineStopped) or not self._settings.chat:
                raise
            plain = replace(self._settings, chat=False)
            child = await self._start_child(plain)
            self._settings, self.supports_chat, self.prefers_chat = plain, False, False
            return child

    async def _discard(
        self, failed: RemoteGenerator | None, error: EngineStopped, left: int
    ) -> None:
        """Kill the child that failed. Raises EngineStopped where it is not replaced: it was silent,
        and a player who has waited so long must not wait again unasked; no start is `left`; or the
        generator was closed.
        """
        if failed is self._remote:
            await self._end()
        if isinstance(error, EngineSilent):
            raise EngineSilent(f"The engine failed and was ended; try again. ({error})") from error
        if not left or self._closed:
            stopped = "The engine stopped. It starts again when you try again."
            if self._server is not None and not self._closed:
                stopped = "llama-server stopped. The built-in engine is used from now on."
                self._use_built_in(stopped)
            raise EngineStopped(stopped) from error

    async def _end(self) -> None:
        remote, self._remote = self._remote, None
        child, self._child = self._child, None
        if child is not None:
            await child.kill()
        if remote is not None:
            await remote.close()


@dataclass(slots=True)
class _ResumableReply:
    """A reply that more than one child may generate, each continuing the text so far."""

    request: Request
    text: str = ""
    chunks: int = 0
    resumed_at: int = 0
    """The number of chunks when the current child got its request."""
    prompt_tokens: int = 0

    def remaining_request(self) -> Request:
        """Return the request for the next child: to continue from the text so far."""
        self.resumed_at = self.chunks
        if not self.chunks:
            return self.request
        return self.request.continued(self.text, self.chunks)

    def translate(self, event: Event) -> tuple[Event, ...]:
        """Return the event of the current child as one of the whole reply, or nothing."""
        match event:
            case PrefillProgress() if self.resumed_at:
                return ()  # the prompt was reported as read long ago
            case PrefillProgress(_, total, _):
                self.prompt_tokens = total
            case TextChunk(text):
                self.text += text
                self.chunks += 1
            case Finished(reason, usage) if self.resumed_at:
                prompt = self.prompt_tokens or usage.prompt_tokens
                read = min(usage.prompt_tokens_evaluated, prompt)
                return (Finished(reason, Usage(prompt, read, usage.tokens + self.resumed_at)),)
        return (event,)
