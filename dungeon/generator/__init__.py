"""Provides the Generator protocol: a prompt in, a stream of text out, and what it cost.

Knows nothing of adventures, saves or screens, nor which engine stands behind it.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Literal, Protocol

from dungeon.sampling import Sampling


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a model."""

    prompt: str
    max_tokens: int
    """0 reads the prompt and writes nothing: the next request that begins with it starts sooner."""
    sampling: Sampling
    seed: int
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost."""

    prompt_tokens: int = 0
    prompt_tokens_evaluated: int = 0
    """Those not found in the engine's prefix cache."""
    tokens: int = 0
    """Tokens written."""


@dataclass(frozen=True, slots=True)
class PrefillProgress:
    """The engine is reading the prompt: `done` of `total` tokens, `cached` of them known before."""

    done: int
    total: int
    cached: int = 0


@dataclass(frozen=True, slots=True)
class TextChunk:
    """The next piece of text, already clean."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The stream's last event."""

    reason: Literal["stop", "length"]
    """`stop`: an end-of-text token or a stop string; `length`: `max_tokens` were written."""
    usage: Usage


Event = PrefillProgress | TextChunk | Finished


@dataclass(frozen=True, slots=True)
class Model:
    """The model behind a generator."""

    name: str
    context_length: int
    """Tokens that prompt and reply may have together."""
    sha256: str = ""
    """Hex digest of the weights; empty where a server does not tell."""

    @property
    def identity(self) -> str:
        """What a turn's provenance names: `name@sha256`."""
        return f"{self.name}@{self.sha256}" if self.sha256 else self.name


class Generator(Protocol):
    """A model that can be asked to go on with a text.

    A generator serves one request at a time. Every method raises GeneratorError (a sentence) when
    the engine fails; after that, `open` may be called again.
    """

    @property
    def model(self) -> Model:
        """The model; known once `open` has returned."""
        ...

    @property
    def reads_ahead(self) -> bool:
        """Whether a request with `max_tokens=0` is worth sending while the player reads."""
        ...

    async def open(self) -> None:
        """Make the engine ready to answer; returns at once where it already is."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield what the model writes, then Finished. Closing the stream, or cancelling the task
        that reads it, makes the engine stop working on it."""
        ...

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens `text` has."""
        ...

    async def close(self) -> None:
        """Let the engine go; a child process ends with it."""
        ...
