"""Generate one reply: query the model, filter the stream, score the reply, try again.

A flawed reply (a loop, an echo, words put in the player's mouth) is generated again, a loop with
stronger sampling settings; after the last attempt the best one is taken.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from dungeon import prose
from dungeon.generator import Event, Finished, Generator, PrefillProgress, Request, TextChunk, Usage
from dungeon.prompt_builder import Context
from dungeon.sampling import Sampling
from dungeon.story import Provenance
from dungeon.transcript import SEPARATOR, STOP

MAX_ATTEMPTS = 4
"""How often a reply is written at most: once, and three times more where it came out flawed."""

MAX_LENGTH_RATIO = 2.0
"""A reply that finds no sentence end is cut at this many times its target length."""


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How replies are to be written."""

    sampling: Sampling = field(default_factory=Sampling)
    reply_tokens: int = 80
    """The length a reply aims at; it ends with the sentence it is in."""
    seed: int | None = None
    """None draws a new seed for every reply."""

    @property
    def reply_characters(self) -> int:
        """The length in characters, at the four characters a token that English has."""
        return self.reply_tokens * 4

    @property
    def ceiling(self) -> int:
        """The most tokens a reply may have."""
        return int(self.reply_tokens * MAX_LENGTH_RATIO)


@dataclass(frozen=True, slots=True)
class AttemptRejected:
    """What was written so far is discarded and written anew, because of a flaw."""

    flaw: str


@dataclass(slots=True)
class _Attempt:
    """One try at the reply."""

    seed: int
    sampling: Sampling
    reply: prose.ReplyBuilder
    first_word: str = ""
    """What the reply is made to begin with."""
    shown: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    first_piece: float = 0.0
    last_piece: float = 0.0


class Generation:
    """One reply under way."""

    def __init__(
        self,
        generator: Generator,
        context: Context,
        style: GenerationSettings,
        *,
        seed: int,
        judge: Callable[[prose.FinishedReply], prose.Verdict],
        new_reply: Callable[[], prose.ReplyBuilder],
        started: float,
        evaluated_ahead: int = 0,
        first_word: str = "",
    ) -> None:
        """`started` is when the player acted, on the monotonic clock; `evaluated_ahead` are the
        prompt tokens that the engine has read since the reply before, for this one. `first_word`
        is given to a model that has nothing to say.
        """
        self._first_word = first_word
        self._generator = generator
        self._context = context
        self._style = style
        self._seed = seed
        self._judge = judge
        self._new_reply = new_reply
        self._evaluated_ahead = evaluated_ahead
        self._started = started
        self._attempts: list[_Attempt] = []
        self._stop = asyncio.Event()

    @property
    def shown(self) -> str:
        """The text of the attempt under way, as far as it may be shown."""
        return "".join(self._attempts[-1].shown).rstrip() if self._attempts else ""

    @property
    def stopped(self) -> bool:
        """Whether the player has ended it."""
        return self._stop.is_set()

    @property
    def tokens_per_second(self) -> float:
        """The speed of the last attempt, from its first piece to its last; 0 where unknown."""
        last = self._attempts[-1]
        seconds = last.last_piece - last.first_piece
        return (last.usage.tokens - 1) / seconds if seconds > 0 else 0.0

    def stop(self) -> None:
        """End the reply now; what was written is kept."""
        self._stop.set()

    async def events(self) -> AsyncGenerator[PrefillProgress | TextChunk | AttemptRejected, None]:
        """Yield what the player may see while the reply is written. Raises GeneratorError."""
        loops, first_word = 0, ""
        for number in range(MAX_ATTEMPTS):
            attempt = self._begin(number, loops, first_word)
            async with aclosing(self._stream(attempt)) as events:
                async for event in events:
                    yield event
            if self.stopped:
                return
            reply = attempt.reply.finish()
            flaw = self._judge(reply).flaw
            if flaw is None:
                return
            loops += flaw is prose.RejectReason.LOOP
            if not reply.text:
                # It takes the end of the prompt for the end of all, and would do so again.
                first_word = self._first_word
            if number + 1 < MAX_ATTEMPTS:
                yield AttemptRejected(flaw.value)

    def finished(self) -> tuple[str, Provenance]:
        """Return the best attempt's text and where it came from."""
        if self.stopped or not self._attempts:
            return self.shown, self._provenance("stopped")
        best = min(self._attempts, key=lambda attempt: self._judge(attempt.reply.finish()))
        reply = best.reply.finish()
        return reply.text, self._provenance(reply.ended, best)

    def cut_off(self) -> tuple[str, Provenance]:
        """Return what was shown when the game was closed in the middle of the reply."""
        return self.shown, self._provenance("stopped")

    def _begin(self, number: int, loops: int, first_word: str) -> _Attempt:
        """Begin the next attempt. Any other flaw than a loop wants only another seed: what breaks
        loops breaks a small model's prose, too.
        """
        sampling = (
            self._style.sampling.with_stronger_penalties(loops) if loops else self._style.sampling
        )
        attempt = _Attempt(self._seed + number, sampling, self._new_reply(), first_word)
        self._attempts.append(attempt)
        return attempt

    async def _stream(self, attempt: _Attempt) -> AsyncGenerator[PrefillProgress | TextChunk, None]:
        """Yield one attempt's events until the reply, the model or the player has ended it."""
        prompt = self._context.prompt
        if attempt.first_word:
            prompt += SEPARATOR + attempt.first_word
            attempt.reply.feed(attempt.first_word)  # too short to be shown yet
        request = Request(
            prompt,
            self._style.ceiling,
            attempt.sampling,
            attempt.seed,
            stop=(STOP,),
        )
        pieces = 0
        async with aclosing(_until(self._stop, self._generator.stream(request))) as stream:
            async for event in stream:
                match event:
                    case PrefillProgress(done, total, cached):
                        attempt.usage = Usage(total, done - cached, pieces)
                        yield event
                    case TextChunk(text):
                        pieces += 1
                        attempt.last_piece = time.monotonic()
                        attempt.first_piece = attempt.first_piece or attempt.last_piece
                        attempt.usage = _written(attempt.usage, pieces, self._context)
                        if shown := attempt.reply.feed(text):
                            attempt.shown.append(shown)
                            yield TextChunk(shown)
                        if attempt.reply.done:
                            return
                    case Finished(_, usage):
                        attempt.usage = usage

    def _provenance(self, ended: str, best: _Attempt | None = None) -> Provenance:
        attempts = self._attempts
        attempt = best or (attempts[-1] if attempts else None)
        first = attempts[0].first_piece if attempts else 0.0
        return Provenance(
            model=self._generator.model.identity,
            seed=attempt.seed if attempt else None,
            sampling=attempt.sampling.to_dict() if attempt else {},
            prompt_tokens=attempt.usage.prompt_tokens if attempt else 0,
            prompt_tokens_evaluated=self._evaluated_ahead
            + sum(a.usage.prompt_tokens_evaluated for a in attempts),
            tokens=sum(a.usage.tokens for a in attempts),
            milliseconds=_milliseconds(time.monotonic() - self._started),
            first_milliseconds=_milliseconds(first - self._started) if first else 0,
            attempts=max(len(attempts), 1),
            ended=ended,
        )


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _written(usage: Usage, pieces: int, context: Context) -> Usage:
    """Return `usage` with `pieces` written; where the server gave no prompt size, ours is used."""
    if usage.prompt_tokens:
        return Usage(usage.prompt_tokens, usage.prompt_tokens_evaluated, pieces)
    return Usage(context.tokens, context.tokens, pieces)


async def _until(
    stop: asyncio.Event, stream: AsyncGenerator[Event, None]
) -> AsyncGenerator[Event, None]:
    """Yield from `stream` until it ends or `stop` is set, whichever comes first."""
    stopping = asyncio.ensure_future(stop.wait())
    coming: asyncio.Future[Event] | None = None
    try:
        while not stop.is_set():
            coming = asyncio.ensure_future(anext(stream))
            await asyncio.wait({coming, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                return
            try:
                event = coming.result()
            except StopAsyncIteration:
                return
            yield event
    finally:
        stopping.cancel()
        if coming is not None and not coming.done():
            coming.cancel()
            await asyncio.wait({coming})
        await stream.aclose()
