"""Provides TorchGenerator: a model folder, played by transformers on CUDA, MPS or the CPU.

The only file of the game that imports torch. One thread of its own loads the model and writes, so
the event loop never waits; the keys and values of what was read and written last are kept, so that
the next turn reads only what is new. On CUDA they have a fixed place in memory and decoding is
compiled: Python alone would take longer for a token than the GPU. Knows nothing of adventures, nor
of where folders come from.
"""

import asyncio
import threading
import warnings
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from safetensors import SafetensorError
from tokenizers import Tokenizer

from dungeon.errors import GeneratorError, PromptTooLong
from dungeon.generator import Event, Finished, Model, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.detokenizer import Detokenizer
from dungeon.generator.kv_cache import PrefixCache
from dungeon.generator.sampler import Logits, Sampler
from dungeon.text import clean, clean_line

_READ_AT_ONCE = 256
"""Prompt tokens read between two looks at whether to stop."""

_BREAKERS = ("\n", ":", '"', "*")
"""What a repeated sequence never reaches over: llama.cpp's own choice."""


@dataclass(frozen=True, slots=True)
class TorchSettings:
    """What the engine is started with."""

    folders: tuple[Path, ...]
    """Whole weights, then the adapters to be merged in, one upon the other."""
    device: str = ""
    """As torch names it; empty means the best there is."""
    threads: int | None = None
    """On a CPU; None leaves it to torch."""
    compiler: str | None = None
    """What torch.compile compiles decoding with, empty for nothing; None means inductor on CUDA,
    and nothing elsewhere: there it costs more than it gains."""


class TorchGenerator:
    """A model of transformers. It is loaded by `open`, or on first use."""

    reads_ahead = True

    def __init__(
        self, settings: TorchSettings, *, name: str, sha256: str = "", context_length: int
    ) -> None:
        """`context_length` is cut to the positions that the model has once it is loaded."""
        self._settings = settings
        self._model = Model(name, context_length, sha256)
        self._thread: ThreadPoolExecutor | None = None
        self._engine: _Engine | None = None
        self._opening = asyncio.Lock()
        self._stop = threading.Event()
        """Ends the reply that is being written."""

    @property
    def model(self) -> Model:
        """The model; its context length is what it has positions for once `open` has returned."""
        return self._model

    async def open(self) -> None:
        """Load the model. Raises GeneratorError where it cannot be loaded."""
        await self._opened()

    async def close(self) -> None:
        """Let the model and its memory go, after the token that is being written."""
        thread, self._thread, self._engine = self._thread, None, None
        self._stop.set()
        if thread is not None:
            await asyncio.to_thread(thread.shutdown)
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has."""
        engine, _ = await self._opened()
        return await asyncio.to_thread(engine.count, text)

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes, then Finished.

        Raises PromptTooLong, and GeneratorError where the device fails.
        """
        engine, thread = await self._opened()
        events: asyncio.Queue[Event | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._stop = stop = threading.Event()

        def tell(event: Event | None) -> None:
            loop.call_soon_threadsafe(events.put_nowait, event)

        def work() -> None:
            try:
                engine.write(request, self._model, tell, stop)
            finally:
                tell(None)

        working = loop.run_in_executor(thread, work)
        try:
            while (event := await events.get()) is not None:
                yield event
            await working
        finally:
            stop.set()
            await asyncio.wait({working})  # a token at most; whoever comes next finds it at rest
            working.exception()  # told already, or nobody listens any more

    async def _opened(self) -> "tuple[_Engine, ThreadPoolExecutor]":
        async with self._opening:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="torch")
            if self._engine is None:
                loop = asyncio.get_running_loop()
                self._engine = await loop.run_in_executor(self._thread, _loaded, self._settings)
                positions = self._engine.positions
                length = min(self._model.context_length or positions, positions)
                self._model = replace(self._model, context_length=length)
                await loop.run_in_executor(self._thread, self._engine.warm_up, length)
            return self._engine, self._thread


# The thread's side --------------------------------------------------------------------------------


def _loaded(settings: TorchSettings) -> "_Engine":
    """Return an engine with the model in memory. Raises GeneratorError, saying what is wrong."""
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # it would write across the screen
    if settings.threads:
        torch.set_num_threads(settings.threads)
    base, *adapters = settings.folders
    device = settings.device or _best_device()
    with _explained(f"{base} cannot be loaded"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            base, local_files_only=True, trust_remote_code=False
        )
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(
            base,
            dtype=torch.float32 if device == "cpu" else torch.bfloat16,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    for folder in adapters:
        model = _merged(model, folder)
    compiler = settings.compiler
    if compiler is None:
        compiler = "inductor" if device.startswith("cuda") else ""
    with _explained(f"{base} does not fit into the memory of {device}"):
        model.to(torch.device(device)).eval()
        return _Engine(model, tokenizer, compiler)


def _merged(model: Any, folder: Path) -> Any:
    """Return the model with an adapter in it: applied while writing it would cost speed."""
    try:
        from peft import PeftModel
    except ModuleNotFoundError as error:
        raise GeneratorError(
            f"{folder.name} is an adapter, which takes peft. Install it with: "
            "pip install 'grue[gpu]'"
        ) from error
    warnings.filterwarnings("ignore", ".*is_gradient_checkpointing", FutureWarning)  # PEFT's own
    with _explained(f"The adapter {folder} does not fit its base"):
        return PeftModel.from_pretrained(model, str(folder)).merge_and_unload()


def _best_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what the libraries raise for bad files, misfits and a full device into a sentence."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        reason = clean_line(first)[:300].rstrip(".")
        raise GeneratorError(f"{what} ({reason}). Choose another model.") from error


class _Engine:
    """A model in memory, what it has read last, and its tokenizer. Used by one thread."""

    def __init__(self, model: Any, tokenizer: Any, compiler: str) -> None:
        self.positions = _positions(model.config)
        self._network = model
        self._plain = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self._plain.encode_special_tokens = True  # a player who types one writes plain text
        self._vocabulary = self._plain.get_vocab_size(with_added_tokens=True)
        self._ends = _ends(model, tokenizer)
        self._breakers = frozenset(
            number
            for token, number in self._plain.get_vocab().items()
            if any(mark in self._plain.decode([number]) for mark in _BREAKERS)
        )
        self._compiler = compiler
        self._step: Callable[..., Any] = model
        self._known = self._unread(0)

    def warm_up(self, context_length: int) -> None:
        """Make room for a context of this length; compile, so that no reply waits for it.

        Where it cannot be compiled, decoding stays as it is.
        """
        if not self._compiler:
            return
        self._known = self._unread(context_length)
        options: dict[str, Any] = {"backend": self._compiler, "fullgraph": True, "dynamic": False}
        if self._compiler == "inductor":
            options["mode"] = "reduce-overhead"
        try:
            self._step = torch.compile(self._network, **options)
            for _ in range(3):  # CUDA graphs are recorded on the second run
                self._forward([0])
        except (RuntimeError, ImportError, OSError):  # no compiler here: slower, and playing
            self._step = self._network
            self._known = self._unread(context_length)
        self._known.keep([])

    def _unread(self, room: int) -> PrefixCache:
        """Return a cache with nothing in it: with a fixed place for `room` tokens, or growing."""

        def empty() -> Any:
            if room:
                return transformers.StaticCache(config=self._network.config, max_cache_len=room)
            return transformers.DynamicCache(config=self._network.config)

        return PrefixCache(empty, fixed=room > 0)

    def count(self, text: str) -> int:
        """Return how many tokens `text` has; may be asked from any thread."""
        return len(self._plain.encode(text, add_special_tokens=False).ids)

    def write(
        self,
        request: Request,
        model: Model,
        tell: Callable[[Event], None],
        stop: threading.Event,
    ) -> None:
        """Tell what the model writes, then Finished, or nothing more once `stop` is set."""
        prompt = self._plain.encode(request.prompt).ids or [next(iter(sorted(self._ends)), 0)]
        room = min(request.max_tokens, model.context_length - len(prompt))
        if room < min(request.max_tokens, 1):
            raise PromptTooLong(
                f"The prompt has {len(prompt)} tokens; {model.name} holds {model.context_length}.",
                prompt_tokens=len(prompt),
                context_length=model.context_length,
            )
        with _explained("The model failed"):
            logits, cached = self._read(prompt, tell, stop)
            if logits is None:
                return
            usage = Usage(len(prompt), len(prompt) - cached)
            if room == 0:
                tell(Finished("length", usage))
            else:
                self._write(request, prompt, logits, room, usage, tell, stop)

    def _read(
        self, prompt: list[int], tell: Callable[[Event], None], stop: threading.Event
    ) -> tuple[Logits | None, int]:
        """Read what is new of the prompt; return the logits after it, None where it was stopped,
        and how many tokens were known before.
        """
        cached = self._known.keep(prompt)
        logits = None
        tell(PrefillProgress(cached, len(prompt), cached))
        for start in range(cached, len(prompt), _READ_AT_ONCE):
            if stop.is_set():
                return None, cached
            logits = self._forward(prompt[start : start + _READ_AT_ONCE])
            tell(PrefillProgress(min(start + _READ_AT_ONCE, len(prompt)), len(prompt), cached))
        return logits, cached

    def _write(
        self,
        request: Request,
        prompt: list[int],
        logits: Logits,
        room: int,
        usage: Usage,
        tell: Callable[[Event], None],
        stop: threading.Event,
    ) -> None:
        draw = Sampler(request.sampling, request.seed, prompt, self._breakers)
        text = Detokenizer(self._plain.decode, request.stop)
        reason: Literal["stop", "length"] = "length"
        written = 0
        while not stop.is_set():
            token = draw.next(logits[: self._vocabulary])
            if token in self._ends:
                reason = "stop"
                break
            written += 1
            _tell_piece(text.add(token), tell)
            if text.stopped:
                reason = "stop"
                break
            if written == room:
                break
            logits = self._forward([token])
        if stop.is_set():
            return
        _tell_piece(text.rest(), tell)
        reason = "stop" if text.stopped else reason
        tell(Finished(reason, replace(usage, tokens=written)))

    @torch.no_grad()
    def _forward(self, ids: Sequence[int]) -> Logits:
        """Read `ids` after what was read before, and return the logits of what comes next."""
        device = self._network.device
        step = self._step if len(ids) == 1 else self._network
        place = torch.arange(len(self._known), len(self._known) + len(ids), device=device)
        out = step(
            input_ids=torch.tensor([list(ids)], device=device),
            position_ids=place.unsqueeze(0),
            past_key_values=self._known.cache,
            use_cache=True,
            logits_to_keep=1,
        )
        self._known.ids += ids
        logits: Logits = out.logits[0, -1].float().cpu().numpy()
        return logits


def _tell_piece(text: str, tell: Callable[[Event], None]) -> None:
    if cleaned := clean(text):
        tell(TextChunk(cleaned))


def _positions(config: Any) -> int:
    return int(getattr(config, "max_position_embeddings", 0) or 1024)


def _ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the tokens that end a text: the tokenizer's, and those the model names itself."""
    named = getattr(model.generation_config, "eos_token_id", None)
    several = named if isinstance(named, list) else [named]
    return frozenset(e for e in (*several, tokenizer.eos_token_id) if isinstance(e, int))
