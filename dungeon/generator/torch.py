"""Run a model folder with transformers, on CUDA, MPS or the CPU.

A thread of its own loads the model and decodes, so the event loop never waits. The key-value cache
is kept, so that the next turn reads only what is new. On CUDA that cache is static and decoding is
compiled: Python alone would take longer for a token than the GPU.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
import transformers
from jinja2 import TemplateError  # torch depends on it, and chat templates are written in it

from dungeon.chat import ChatMessage
from dungeon.errors import GeneratorError, PromptTooLong
from dungeon.generator import Event, Finished, Model, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.backtracking import without_banned_phrases
from dungeon.generator.chat_template import TEMPLATE_OPTIONS, ChatTemplate
from dungeon.generator.logit_bias import NO_BIAS, LogitBias
from dungeon.generator.token_scores import ScoredToken
from dungeon.generator.torch_cache import PrefixCache, growing_cache
from dungeon.generator.torch_decoding import Guide, TorchDecoder
from dungeon.generator.torch_layers import use_fast_layers
from dungeon.generator.torch_memory import use_huge_pages
from dungeon.generator.torch_scoring import score_tokens
from dungeon.models.transformers_loader import (
    LOAD_ERRORS,
    first_line,
    load_tokenizer,
    load_weights,
    merge_adapter,
)

_BFLOAT16_UNITS = ("avx512_bf16", "amx_bf16", "arm_bf16")
"""What torch calls the instructions of a CPU for bfloat16."""


@dataclass(frozen=True, slots=True)
class TorchSettings:
    """How to load the model."""

    folders: tuple[Path, ...]
    """The full weights, then the adapters to merge, in this order."""
    device: str = ""
    """A torch device; empty means the best one available."""
    threads: int | None = None
    """On the CPU; None leaves the number to torch."""
    dtype: torch.dtype | None = None
    """Of the weights; None means bfloat16, or float32 on a CPU without instructions for it."""
    compiler: str | None = None
    """The backend of torch.compile for decoding, empty for none; None means inductor on CUDA and
    none elsewhere, where compiling costs more than it gains."""


class TorchGenerator:
    """A generator on transformers. The model is loaded by `open`, or on first use."""

    supports_prefetch = True
    supports_guidance = True

    def __init__(
        self,
        settings: TorchSettings,
        *,
        name: str,
        sha256: str = "",
        context_length: int,
        is_ours: bool = False,
    ) -> None:
        """`context_length` is reduced to the model's number of positions once it is loaded.
        `is_ours` says that it was trained for stories as they are, whatever template it has.
        """
        self._is_ours = is_ours
        self._chat_template = ChatTemplate(self._apply_template)
        self._settings = settings
        self._model = Model(name, context_length, sha256)
        self._thread: ThreadPoolExecutor | None = None
        self._engine: _Engine | None = None
        self._opening = asyncio.Lock()
        self._stop = threading.Event()
        """Ends the reply that is being generated."""

    @property
    def model(self) -> Model:
        """The model; its context length is final once `open` has returned."""
        return self._model

    @property
    def supports_chat(self) -> bool:
        """Whether the tokenizer has a chat template; known once `open` has returned."""
        return self._engine is not None and self._engine.has_chat_template

    @property
    def prefers_chat(self) -> bool:
        """Whether the model was trained for chats."""
        return self.supports_chat and not self._is_ours

    async def open(self) -> None:
        """Load the model. Raises GeneratorError where it cannot be loaded."""
        await self._opened()

    async def close(self) -> None:
        """Free the model's memory, after the token that is being generated."""
        thread, self._thread, self._engine = self._thread, None, None
        self._stop.set()
        if thread is not None:
            await asyncio.to_thread(thread.shutdown)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has."""
        engine, _ = await self._opened()
        return await asyncio.to_thread(engine.count_tokens, text)

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str:
        """Return the messages in the tokenizer's template. Raises GeneratorError."""
        return await self._chat_template.render(messages)

    async def _apply_template(self, messages: list[dict[str, str]]) -> str:
        engine, _ = await self._opened()
        return await asyncio.to_thread(engine.render_chat, messages)

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the tokens of `reply` after `prompt`. Raises GeneratorError."""
        engine, thread = await self._opened()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(thread, engine.score_tokens, prompt, reply)

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply, then Finished.

        Raises PromptTooLong, and GeneratorError where the device fails.
        """
        return without_banned_phrases(self._stream, request)

    async def _stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply to one request, whatever phrases it bans."""
        engine, thread = await self._opened()
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._stop = stop = threading.Event()

        def emit(event: Event | None) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            try:
                engine.stream(request, self._model, emit, stop)
            finally:
                emit(None)

        working = loop.run_in_executor(thread, work)
        try:
            while (event := await events.get()) is not None:
                yield event
            await working
        finally:
            stop.set()
            await asyncio.wait(
                {working}
            )  # for a token at most; the next request finds the thread idle
            working.exception()  # raised already, or nobody listens any more

    async def _opened(self) -> "tuple[_Engine, ThreadPoolExecutor]":
        async with self._opening:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="torch")
            if self._engine is None:
                loop = asyncio.get_running_loop()
                self._engine = await loop.run_in_executor(self._thread, _load, self._settings)
                positions = self._engine.max_positions
                length = min(self._model.context_length or positions, positions)
                self._model = replace(self._model, context_length=length)
                await loop.run_in_executor(self._thread, self._engine.warm_up, length)
            return self._engine, self._thread


# In the thread -----------------------------------------------------------------------------------


def _load(settings: TorchSettings) -> "_Engine":
    """Load the model. Raises GeneratorError with the reason."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # it would write across the screen
    if settings.threads:
        torch.set_num_threads(settings.threads)
    base, *adapters = settings.folders
    device = settings.device or _best_device()
    with _explain_errors(f"{base} cannot be loaded"):
        tokenizer = load_tokenizer(base)
        model = load_weights(base, settings.dtype or _best_dtype(device))
    if adapters and find_spec("peft") is None:
        raise GeneratorError(
            f"{adapters[0].name} is an adapter, which needs peft. Install it with: "
            "pip install 'grue[gpu]'"
        )
    for folder in adapters:
        with _explain_errors(f"The adapter {folder} does not fit its base"):
            model = merge_adapter(model, folder)
    if device == "cpu" and model.dtype == torch.bfloat16:
        use_fast_layers(model)
    compiler = settings.compiler
    if compiler is None:
        compiler = "inductor" if device.startswith("cuda") else ""
    with _explain_errors(f"{base} does not fit into the memory of {device}"):
        model.to(torch.device(device)).eval()
        if device == "cpu":
            use_huge_pages(model)
        return _Engine(model, tokenizer, compiler)


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _best_dtype(device: str) -> torch.dtype:
    """Return bfloat16, or float32 on a CPU that would have to emulate it."""
    if device == "cpu" and not any(map(torch.cpu.get_capabilities().get, _BFLOAT16_UNITS)):
        return torch.float32
    return torch.bfloat16


@contextmanager
def _explain_errors(summary: str) -> Iterator[None]:
    """Turn the libraries' errors on bad files, misfits and a full device into GeneratorError."""
    try:
        yield
    except LOAD_ERRORS as error:
        reason = first_line(error).rstrip(".")
        raise GeneratorError(f"{summary} ({reason}). Choose another model.") from error


class _Engine:
    """A decoder with a prefix cache, its compiled step, and its events. Used by one thread."""

    def __init__(self, model: Any, tokenizer: Any, compiler: str) -> None:
        self.decoder = TorchDecoder(model, tokenizer)
        self.has_chat_template = bool(getattr(tokenizer, "chat_template", None))
        self._tokenizer = tokenizer
        self.max_positions = int(getattr(model.config, "max_position_embeddings", 0) or 1024)
        self._compiler = compiler
        self._cache_length = 0
        self._prefix = self._new_prefix_cache(0)
        self._guide_prefix: PrefixCache | None = None

    def render_chat(self, messages: list[dict[str, str]]) -> str:
        """Return the messages in the tokenizer's template. May be called from any thread.

        A beginning-of-text token that encoding adds is left out. Raises GeneratorError.
        """
        try:
            text = self._tokenizer.apply_chat_template(
                messages,
                tokenize=False,
                add_generation_prompt=True,
                **TEMPLATE_OPTIONS,
            )
        except (*LOAD_ERRORS, ImportError, TemplateError) as error:
            raise GeneratorError(f"The template says: {first_line(error)}") from error
        first = str(getattr(self._tokenizer, "bos_token", None) or "")
        is_added = first and self.decoder.encode("")[:1] == [self._tokenizer.bos_token_id]
        return str(text).removeprefix(first) if is_added else str(text)

    def warm_up(self, context_length: int) -> None:
        """Allocate the cache for a context of this length and compile, so that no reply waits.

        Where it cannot be compiled, decoding stays as it is.
        """
        if not self._compiler:
            return
        self._cache_length = context_length
        self._prefix = self._new_prefix_cache(context_length)
        options: dict[str, Any] = {"backend": self._compiler, "fullgraph": True, "dynamic": False}
        if self._compiler == "inductor":
            options["mode"] = "reduce-overhead"
        model = self.decoder.model
        try:
            self.decoder.step = torch.compile(model, **options)
            for number in range(3):  # CUDA graphs are recorded on the second run
                self.decoder.forward([[0]], number, self._prefix.past)
        except (RuntimeError, ImportError, OSError):  # no compiler here: slower, but it plays
            self.decoder.step = model
            self._prefix = self._new_prefix_cache(context_length)
        self._prefix.crop_to_common_prefix([])

    def _new_prefix_cache(self, length: int) -> PrefixCache:
        """Return an empty cache: static for `length` tokens, or growing for 0."""

        def new_cache() -> Any:
            config = self.decoder.model.config
            if length:
                return transformers.StaticCache(config=config, max_cache_len=length)
            return growing_cache(config)

        return PrefixCache(new_cache, is_static=length > 0)

    def stream(
        self, request: Request, model: Model, emit: Callable[[Event], None], stop: threading.Event
    ) -> None:
        """Emit the events of the reply, Finished last, and none any more once `stop` is set."""
        decoder = self.decoder
        prompt = self._encode(request.prompt)
        logit_bias = decoder.logit_bias(request.biased_words)
        guide = self._guide(request, logit_bias)
        longest = max(len(prompt), len(guide.prompt) if guide else 0)
        room = min(request.max_tokens, model.context_length - longest)
        if room < min(request.max_tokens, 1):
            raise PromptTooLong(
                f"The prompt has {longest} tokens; {model.name} holds {model.context_length}.",
                prompt_tokens=longest,
                context_length=model.context_length,
            )
        reply = decoder.continuation(
            prompt,
            request.sampling,
            request.seed,
            request.stop,
            request.banned_tokens,
            logit_bias=NO_BIAS if guide else logit_bias,
            lists_alternatives=request.lists_alternatives,
        )
        with _explain_errors("The model failed"):
            for [text] in decoder.decode(
                [reply],
                room,
                prefix=self._prefix,
                on_prefill=lambda done, total, cached: emit(PrefillProgress(done, total, cached)),
                cancelled=stop,
                guide=guide,
            ):
                if text:
                    emit(TextChunk(text, reply.alternatives, reply.probability))
        if not stop.is_set():
            total = len(prompt) + (len(guide.prompt) if guide else 0)
            usage = Usage(total, total - reply.cached_tokens, reply.tokens)
            emit(Finished(reply.finish_reason or "length", usage))

    def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the tokens of `reply` after `prompt`, by one pass over both."""
        with _explain_errors("The model failed"):
            return score_tokens(self.decoder, self._encode(prompt), reply)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has. May be called from any thread."""
        parse = self.has_chat_template
        return len(self.decoder.encode(text, add_special_tokens=False, parse_special=parse))

    def _encode(self, prompt: str) -> list[int]:
        """Return the tokens of a prompt, which spells special tokens only where a chat template
        does: the game neutralises those of a story.
        """
        ids = self.decoder.encode(prompt, parse_special=self.has_chat_template)
        return ids or [min(self.decoder.end_ids, default=0)]

    def _guide(self, request: Request, logit_bias: LogitBias) -> Guide | None:
        """Return what guides the reply; a cache for it is allocated for the first one, where both
        prompts cannot share one.
        """
        if not request.is_guided:
            return None
        if not self._prefix.is_growing and self._guide_prefix is None:
            self._guide_prefix = self._new_prefix_cache(self._cache_length)
        prompt = self._encode(request.unconditional_prompt)
        return Guide(prompt, request.sampling.guidance, self._guide_prefix, logit_bias)
