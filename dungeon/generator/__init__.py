"""The Generator protocol: a prompt in, a stream of text out, and its usage.

Knows nothing of adventures, saves or screens, nor of the engine behind it.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, runtime_checkable

from dungeon.chat import ChatMessage
from dungeon.generator.token_scores import Alternative
from dungeon.settings.biased_words import Biases
from dungeon.settings.sampling import GUIDANCE_OFF, Sampling
from dungeon.text.control_tokens import neutralise
from dungeon.text.phrases import NOTHING_BANNED, BannedPhrases


@dataclass(frozen=True, slots=True)
class Request:
    """One request to a model."""

    prompt: str
    max_tokens: int
    """0 reads the prompt only: the next request with the same beginning starts sooner."""
    sampling: Sampling
    seed: int
    stop: tuple[str, ...] = ()
    unconditional_prompt: str = ""
    """The prompt without the player's action, for guidance; empty where there is none to guide by.
    With `max_tokens` 0 it is read ahead, too."""
    banned_phrases: BannedPhrases = NOTHING_BANNED
    """What the reply must not contain. An engine rewinds where it can (`backtracking.py`), and
    gives up after a number of attempts."""
    beginning: str = ""
    """The text of the reply with which the prompt ends, where a banned phrase may begin."""
    banned_tokens: tuple[str, ...] = ()
    """Texts of tokens that must not be sampled: the mark at which replies end, or tokens of an
    earlier reply of this engine. A server that cannot ban tokens samples freely."""
    biased_words: Biases = ()
    """Words that are made likelier or less likely. A server that does not tell the tokens of a word
    samples without that."""
    lists_alternatives: bool = False
    """Whether each chunk is to say how likely it was and what else could have been sampled, where
    an engine can."""
    messages: tuple[ChatMessage, ...] = ()
    """A chat in place of the prompt, where the server renders its template itself."""
    json_schema: str = ""
    """The JSON schema that the reply must obey, as JSON; empty for none. Engines and servers that
    have no grammars write freely."""
    session: str = ""
    """Names what the request belongs to, so that a service of several replicas can send all of it
    to the one that has the prompt in its cache."""
    is_opening: bool = False
    """Whether the prompt has no turn but the opening, with which other adventures begin, too."""

    @property
    def is_guided(self) -> bool:
        """Whether the reply is guided towards the player's action."""
        return self.sampling.guidance != GUIDANCE_OFF and bool(self.unconditional_prompt)

    def continued(self, text: str, tokens: int) -> "Request":
        """Return the request for the rest of a reply that begins with `text` of `tokens` tokens."""
        left = max(self.max_tokens - tokens, 1)
        unconditional = self.unconditional_prompt
        text = neutralise(text)
        return replace(
            self,
            prompt=self.prompt + text,
            unconditional_prompt=unconditional and unconditional + text,
            max_tokens=left,
        )


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of a request; those of a guided one have two prompts, of which all are counted."""

    prompt_tokens: int = 0
    prompt_tokens_evaluated: int = 0
    """Prompt tokens that were not in the engine's prefix cache."""
    tokens: int = 0
    """Tokens of the reply."""


@dataclass(frozen=True, slots=True)
class PrefillProgress:
    """The engine has read `done` of `total` prompt tokens, `cached` of them before this request."""

    done: int
    total: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class TextChunk:
    """The next chunk of text, already clean."""

    text: str
    alternatives: tuple[Alternative, ...] = field(default=(), compare=False, repr=False)
    """What it could have been instead, with the probabilities after all sampling settings; empty
    where the engine does not list that."""
    probability: float | None = field(default=None, compare=False, repr=False)
    """How likely it was after all sampling settings, a product where it is several tokens; None
    where the engine does not tell."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The stream's last event."""

    reason: Literal["stop", "length"]
    """`stop`: an end-of-text token or a stop string; `length`: `max_tokens` are reached."""
    usage: Usage


Event = PrefillProgress | TextChunk | Finished


@dataclass(frozen=True, slots=True)
class Model:
    """The model behind a generator."""

    name: str
    context_length: int
    """Tokens of prompt and reply together."""
    sha256: str = ""
    """Hex digest of the weights; empty where a server does not report it."""

    @property
    def identity(self) -> str:
        """The name in a turn's provenance: `name@sha256`."""
        return f"{self.name}@{self.sha256}" if self.sha256 else self.name


class Generator(Protocol):
    """A model that continues a text.

    A generator serves one request at a time. Every method raises GeneratorError when the engine
    fails; after that, `open` may be called again.
    """

    @property
    def model(self) -> Model:
        """The model; known once `open` has returned."""
        ...

    @property
    def supports_prefetch(self) -> bool:
        """Whether a request with `max_tokens=0` makes the next one start sooner."""
        ...

    @property
    def supports_guidance(self) -> bool:
        """Whether guided requests are guided; elsewhere they are answered without guidance."""
        ...

    @property
    def supports_chat(self) -> bool:
        """Whether the model has a chat template; known once `open` has returned."""
        ...

    @property
    def prefers_chat(self) -> bool:
        """Whether a chat suits the model, of the formats that it supports."""
        ...

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str | None:
        """Return the prompt for the next reply in the model's chat template; None where the server
        renders `Request.messages` itself."""
        ...

    async def open(self) -> None:
        """Start the engine, unless it runs already."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the reply, then Finished. Closing the stream, or cancelling the task that reads it,
        makes the engine stop working on it."""
        ...

    async def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`."""
        ...

    async def close(self) -> None:
        """Stop the engine and free its memory."""
        ...


@runtime_checkable
class SamplingLimits(Protocol):
    """A generator whose engine does not take every sampling setting."""

    @property
    def ignored_settings(self) -> frozenset[str]:
        """The names of the settings that it does not take; known once `open` has returned."""
        ...


@runtime_checkable
class EngineReport(Protocol):
    """A generator that runs a model in one of several engines."""

    @property
    def engine(self) -> str:
        """The engine in use, as the player calls it; final once `open` has returned."""
        ...

    @property
    def notice(self) -> str:
        """Why it is not the engine that was asked for; empty where it is."""
        ...
