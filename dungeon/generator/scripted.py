"""A generator whose replies come from a script, for tests and soak runs. Its tokens are words."""

import asyncio
import json
import random
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from dungeon.chat import ChatMessage
from dungeon.errors import GeneratorError, InputRefused, PromptTooLong
from dungeon.generator import Event, Finished, Model, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.token_scores import Alternative, ScoredToken
from dungeon.text import clean, clean_line
from dungeon.text.counts import count

_TOKEN = re.compile(r"\s*\S+|\s+")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the script that may fail or wait at its end."""

    text: str = ""
    then: Literal["finish", "hang", "cut"] | GeneratorError = "finish"
    """After the text: finish, hang for ever, end without Finished, or raise this error."""
    gate: asyncio.Event | None = None
    """What comes after the text waits until this event is set."""


ScriptStep = str | GeneratorError | Reply
"""A whole reply, an error that is raised before any text, or a Reply."""


def split_tokens(text: str) -> list[str]:
    """Return the words of `text`, each with the white space before it."""
    return _TOKEN.findall(text)


class ScriptedGenerator:
    """Streams the replies of a script word by word.

    After the last one, it makes up text that depends on seed and prompt alone.
    """

    supports_prefetch = True
    supports_guidance = True
    supports_chat = True
    prefers_chat = False

    def __init__(
        self,
        replies: Iterable[ScriptStep] = (),
        *,
        delay: float = 0,
        name: str = "scripted",
        context_length: int = 2048,
    ) -> None:
        """`delay` is the seconds before each word."""
        self.model = Model(name, context_length)
        self.requests: list[Request] = []
        """Every request in order, those for prefill only included."""
        self.interrupted: list[Request] = []
        """The requests whose stream was closed or cancelled before its end."""
        self.scored: list[str] = []
        """Every prompt after which it scored a reply."""
        self.opened = False
        self._replies: Iterator[ScriptStep] = iter(replies)
        self._delay = delay
        self._cache: list[str] = []

    async def open(self) -> None:
        """Do nothing but note it."""
        self.opened = True

    async def close(self) -> None:
        """Empty the prefix cache."""
        self.opened = False
        self._cache = []

    async def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(split_tokens(text))

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str:
        """Return the messages, each under its role."""
        parts = [f"{message.role}:\n{message.content}" for message in messages]
        return "\n\n".join([*parts, "assistant:\n"] if messages[-1].role == "user" else parts)

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the words of `reply`, each with the same two alternatives."""
        self.scored.append(prompt)
        others = (Alternative(" perhaps", 0.3), Alternative(" never", 0.2))
        return tuple(ScoredToken(word, 0.5, others) for word in split_tokens(reply))

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """Yield the next reply of the script; a request with `max_tokens=0` uses none.

        Raises PromptTooLong, and whatever error the script holds.
        """
        self.requests.append(request)
        prompt = split_tokens(request.prompt)
        self._check_length(prompt)
        shared = takewhile(lambda pair: pair[0] == pair[1], zip(prompt, self._cache, strict=False))
        cached = sum(1 for _ in shared)
        self._cache = prompt
        written = 0
        try:
            yield PrefillProgress(len(prompt), len(prompt), cached)
            reply = Reply() if request.max_tokens == 0 else self._next_reply(request)
            words, reason = _cut(reply.text, request)
            for word in words:
                await asyncio.sleep(self._delay)
                written += 1
                self._cache = [*self._cache, word]
                yield TextChunk(word)
            await _end(reply)
        except (GeneratorExit, asyncio.CancelledError):
            self.interrupted.append(request)
            raise
        if reply.then != "cut":
            yield Finished(reason, Usage(len(prompt), len(prompt) - cached, written))

    def _check_length(self, prompt: list[str]) -> None:
        if len(prompt) <= self.model.context_length:
            return
        raise PromptTooLong(
            f"The prompt has {count(len(prompt), 'token')}; {self.model.name} holds "
            f"{self.model.context_length}.",
            prompt_tokens=len(prompt),
            context_length=self.model.context_length,
        )

    def _next_reply(self, request: Request) -> Reply:
        match reply := next(self._replies, None):
            case None:
                return Reply(improvise(request.seed, request.prompt))
            case str(text):
                return Reply(clean(text))
            case GeneratorError() as error:
                return Reply(then=error)
            case Reply(text):
                return replace(reply, text=clean(text))


def _cut(text: str, request: Request) -> tuple[list[str], Literal["stop", "length"]]:
    """Cut `text` at the first stop string and at `max_tokens`, as an engine does."""
    ends = [place for stop in request.stop if (place := text.find(stop)) >= 0]
    pieces = split_tokens(text[: min(ends, default=len(text))])
    if len(pieces) > request.max_tokens or request.max_tokens == 0:
        return pieces[: request.max_tokens], "length"
    return pieces, "stop"


async def _end(reply: Reply) -> None:
    if reply.gate is not None:
        await reply.gate.wait()
    if isinstance(reply.then, GeneratorError):
        raise reply.then
    if reply.then == "hang":
        await asyncio.Event().wait()


_OPENINGS = ("Beyond the door", "Somewhere below", "At the turn of the stair", "Past the last lamp")
_SUBJECTS = (
    "an old ferryman",
    "a lean grey dog",
    "the keeper of the well",
    "a girl with a lantern",
)
_ACTIONS = ("waits", "hums a tune", "counts copper coins", "watches the rain", "mends a torn net")
_DETAILS = (
    "in the smell of wet stone",
    "under a cracked bell",
    "beside cold embers",
    "by the sluice",
)
_CLOSES = ("You hold your breath.", "Nothing else stirs.", "The wind drops.", "You are not alone.")


def improvise(seed: int, prompt: str) -> str:
    """Return two to four sentences that follow from `seed` and `prompt` and from nothing else."""
    rng = random.Random(f"{seed}\n{prompt}")
    sentences = [
        f"{rng.choice(_OPENINGS)}, {rng.choice(_SUBJECTS)} {rng.choice(_ACTIONS)} "
        f"{rng.choice(_DETAILS)}, {rng.randrange(2, 1000)} paces from the gate."
        for _ in range(rng.randint(1, 3))
    ]
    return " ".join([*sentences, rng.choice(_CLOSES)])


def load_script(path: Path) -> ScriptedGenerator:
    """Return a generator for the script in a JSON file, for tests of the whole program.

    The file holds `{"replies": [...], "delay": seconds, "context_length": tokens}`, all optional.
    A reply is a string, `{"error": sentence}`, or `{"text": ..., "then": "finish"|"hang"|"cut"}`,
    which may have `"error"` instead of `"then"`. Raises InputRefused where it is no such script.
    """
    named = clean_line(str(path))
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        replies = [_parse_reply(entry) for entry in document.get("replies", [])]
        return ScriptedGenerator(
            replies,
            delay=float(document.get("delay", 0)),
            context_length=int(document.get("context_length", 2048)),
        )
    except OSError as error:
        raise InputRefused(f"The script {named} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        reason = clean_line(str(error))
        raise InputRefused(f"{named} is no script of replies: {reason}.") from error


def _parse_reply(entry: Any) -> ScriptStep:
    match entry:
        case str():
            return entry
        case {"error": str(sentence), **rest}:
            return Reply(str(rest.get("text", "")), GeneratorError(sentence))
        case {"text": str(text), "then": "finish" | "hang" | "cut" as then}:
            return Reply(text, then)
        case {"text": str(text)} if "then" not in entry:
            return Reply(text)
        case _:
            raise ValueError(f"a reply cannot be {json.dumps(entry)}")
