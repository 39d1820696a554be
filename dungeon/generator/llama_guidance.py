"""Guided replies of the llama.cpp child process, as the game's generator sees them.

The prompts are tokenised by the child's HTTP interface. The tokens then come through its pipes from
`guided_decoding`, and become clean text here.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import chain
from typing import Any

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError, PromptTooLong
from dungeon.generator import Event, Finished, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.detokenizer import Detokenizer
from dungeon.generator.http_client import Timeouts
from dungeon.generator.llama_launcher import LlamaProcess
from dungeon.generator.remote import RemoteGenerator
from dungeon.generator.token_scores import Alternative, possible_alternatives
from dungeon.generator.tokens import Token
from dungeon.settings.sampling import DRY_BREAKERS

SLOTS = 2
"""Slots of llama.cpp that guidance needs: one for each prompt."""

_UNUSED = "|"
"""A character that no story needs, whose token guidance gives up."""


async def stream_guided(
    child: LlamaProcess,
    remote: RemoteGenerator,
    request: Request,
    context_length: int,
    timeouts: Timeouts,
) -> AsyncGenerator[Event, None]:
    """Yield the guided reply, then Finished. The child has two slots of `context_length`.

    Closing the stream makes the child stop. Raises PromptTooLong, EngineStopped where the child
    ends or falls silent, and GeneratorError where it refuses.
    """
    conditional = await remote.tokenize(request.prompt)
    unconditional = await remote.tokenize(request.unconditional_prompt)
    longest = max(len(conditional), len(unconditional))
    room = context_length - longest
    if room < 1:
        raise PromptTooLong(
            f"The prompt has {longest} tokens; {remote.model.name} holds {context_length}.",
            prompt_tokens=longest,
            context_length=context_length,
        )
    parameters = {
        "conditional": [token.id for token in conditional],
        "unconditional": [token.id for token in unconditional],
        "max_tokens": min(request.max_tokens, room),
        "sampling": request.sampling.to_dict(),
        "seed": request.seed,
        "breakers": _breakers(conditional),
        "logit_bias": list((await remote.logit_bias(request.biased_words)).items()),
    }
    await child.send({"guided": parameters | await _forbidden_tokens(remote, request)})
    reply = _GuidedReply(request.stop, len(conditional) + len(unconditional))
    answers = _Answers(child, timeouts)
    try:
        while (document := await answers.next(is_decoding=reply.tokens > 0)) is not None:
            for event in reply.translate(document):
                yield event
            if reply.finished:
                return
    finally:
        await answers.drain()


async def _forbidden_tokens(remote: RemoteGenerator, request: Request) -> dict[str, Any]:
    """Return the parameters that name tokens which are never drawn."""
    [ignored, *_] = await remote.tokenize(_UNUSED, add_special=False)
    excluded = [await remote.tokenize(text, add_special=False) for text in request.banned_tokens]
    return {
        "ignored": ignored.id,
        "excluded": [token.id for token in chain.from_iterable(excluded)],
    }


def _breakers(prompt: Sequence[Token]) -> list[int]:
    """Return the ids of the tokens over which no repeated sequence reaches."""
    found = {t.id for t in prompt if any(text.encode() in t.piece for text in DRY_BREAKERS)}
    return sorted(found)


class _Answers:
    """The lines that the child answers one request with."""

    def __init__(self, child: LlamaProcess, timeouts: Timeouts) -> None:
        self._child = child
        self._timeouts = timeouts
        self._ended = False

    async def next(self, *, is_decoding: bool) -> dict[str, Any] | None:
        """Return the next document, or None at the end. Raises EngineStopped and EngineSilent."""
        seconds = self._timeouts.decode if is_decoding else self._timeouts.prefill
        try:
            async with asyncio.timeout(seconds):
                document = await self._child.receive()
        except TimeoutError as error:
            self._ended = True
            raise EngineSilent(
                f"The engine has said nothing for {seconds:g} seconds. Try again."
            ) from error
        except EngineStopped:
            self._ended = True
            raise
        self._ended = "end" in document
        return None if self._ended else document

    async def drain(self) -> None:
        """Make the child stop, and wait until it has: for a step, or a batch of the prompt."""
        if self._ended:
            return
        try:
            await self._child.send({"cancel": True})
            while await self.next(is_decoding=True) is not None:
                pass
        except EngineStopped:
            return  # the next request finds a child that has ended, and starts another


class _GuidedReply:
    """Turns the child's documents into the events of a generator."""

    def __init__(self, stops: Sequence[str], prompt_tokens: int) -> None:
        self.tokens = 0
        self.finished = False
        """Whether a stop string was found, so that the child has to be told."""
        self._pieces: dict[int, bytes] = {}
        self._detokenizer = Detokenizer(self._decode, stops)
        self._prompt_tokens = prompt_tokens
        self._cached = 0

    def translate(self, document: dict[str, Any]) -> list[Event]:
        """Return the events in a document. Raises GeneratorError for an error in it."""
        match document:
            case {"progress": [int(done), int(total), int(cached)]}:
                self._cached = cached
                return [PrefillProgress(done, total, cached)]
            case {
                "token": int(token),
                "bytes": list(piece),
                "others": list(others),
                "probability": float(probability),
            }:
                self.tokens += 1
                self._pieces |= {token: bytes(piece), **{each: bytes(p) for each, p, _ in others}}
                texts = self._detokenizer.variants(each for each, _, _ in others)
                alternatives = possible_alternatives(
                    (text, other[2]) for text, other in zip(texts, others, strict=True)
                )
                events = self._chunk(self._detokenizer.add(token, probability), alternatives)
                if self._detokenizer.stopped:
                    self.finished = True
                    events.append(self._finish("stop"))
                return events
            case {"finished": "stop" | "length" as reason}:
                return [*self._chunk(self._detokenizer.rest()), self._finish(reason)]
            case {"error": reason}:
                raise GeneratorError(f"The engine cannot answer ({reason}). Try again.")
            case _:
                return []

    def _finish(self, reason: Any) -> Finished:
        read = self._prompt_tokens - self._cached
        return Finished(reason, Usage(self._prompt_tokens, read, self.tokens))

    def _chunk(self, text: str, alternatives: tuple[Alternative, ...] = ()) -> list[Event]:
        return [TextChunk(text, alternatives, self._detokenizer.probability)] if text else []

    def _decode(self, tokens: list[int]) -> str:
        return b"".join(self._pieces[token] for token in tokens).decode("utf-8", "replace")
