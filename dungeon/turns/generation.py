"""Generate one reply: query the model, filter the stream, score the reply, try again.

A flawed reply (a loop, an echo, words put in the player's mouth) is generated again, a loop with
stronger sampling settings; after the last attempt the best one is taken. Where there are to be
several to choose from, none is shown before it is chosen.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from dungeon import prose
from dungeon.chat import ChatMessage
from dungeon.generator import Event, Finished, Generator, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.word_bias import BIASED_WORDS
from dungeon.prompt.chat import ask_for_first_word
from dungeon.prompt.context import Context
from dungeon.settings.biased_words import Biases
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import Sampling
from dungeon.state import NOBODY, TheDead
from dungeon.story import Provenance
from dungeon.text.control_tokens import neutralise
from dungeon.text.phrases import NOTHING_BANNED, BannedPhrases
from dungeon.transcript import SEPARATOR, STOP
from dungeon.turns.best_of import BestOf, Likelihood

_MEASURED_TOKENS = 8
"""Tokens of an attempt below which its speed is not known: held back, text arrives at once."""

_MEASURED_SECONDS = 0.05
"""Time from its first chunk to its last below which it is not known either."""

MAX_ATTEMPTS = 4
"""Attempts at a reply: one, and up to three more if it is flawed. Where more are wanted to choose
from, there are as many."""


@dataclass(frozen=True, slots=True)
class AttemptRejected:
    """The current attempt was discarded because of a flaw; the next one follows."""

    flaw: str


ReplyEvent = PrefillProgress | TextChunk | AttemptRejected
"""What a player may see while a reply is generated."""

Score = Callable[[prose.FinishedReply], prose.Verdict]
"""Judges a reply."""


@dataclass(slots=True)
class _Attempt:
    """One try at the reply."""

    seed: int
    sampling: Sampling
    reply: prose.ReplyBuilder
    banned: BannedPhrases
    biased: Biases = ()
    beginning: str = ""
    """What the reply is forced to begin with."""
    messages: tuple[ChatMessage, ...] = ()
    """The chat, where a server renders it; the model may be asked for a first word in it."""
    shown: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    first_chunk: float = 0.0
    last_chunk: float = 0.0
    thinking: prose.ThinkingFilter = field(default_factory=prose.ThinkingFilter)
    likelihood: Likelihood | None = field(default_factory=Likelihood)
    """None where the engine does not tell how likely a part of it was."""
    held: str = ""
    """Text that is not shown yet, since another attempt may be chosen."""

    def release(self, text: str = "") -> TextChunk | None:
        """Return the text that was held back, and what follows it; None where there is none."""
        text, self.held = self.held + text, ""
        return TextChunk(text) if text else None

    def feed(self, text: str) -> Iterator[TextChunk]:
        """Yield what can be shown of the reply after `text`, from which thinking is removed."""
        if shown := self.reply.feed(text):
            self.shown.append(shown)
            yield TextChunk(shown)


@dataclass(slots=True)
class Generation:
    """The generation of one reply."""

    generator: Generator
    context: Context
    settings: GenerationSettings
    seed: int
    score: Score
    new_reply: Callable[[BannedPhrases, TheDead, str], prose.ReplyBuilder]
    """Makes a builder that lets none of these phrases pass, none of these dead act, and a reply
    that has to begin with this text."""
    banned: BannedPhrases
    """What no reply may contain: clichés, the player's own phrases, and passages of the story."""
    started: float
    """When the player acted, on the monotonic clock."""
    always_banned: BannedPhrases = NOTHING_BANNED
    """Those of them that the last attempt may not contain either: the player's own phrases."""
    dead: TheDead = NOBODY
    """Who neither speaks nor acts, but in the last attempt."""
    prefetched_tokens: int = 0
    """Prompt tokens that the engine has evaluated in advance."""
    first_word: str = ""
    """The word with which a reply begins after an attempt that was empty."""
    after_echo: str = ""
    """How it begins after an attempt that only said the player's action again; empty where that is
    not known."""
    beginning: str = ""
    """What every attempt has to begin with; empty where the model is free."""
    banned_tokens: tuple[str, ...] = ()
    """Texts of tokens that must not be sampled."""
    best_of: BestOf | None = None
    """The replies without a flaw among which one is chosen; None takes the first of them."""
    _attempts: list[_Attempt] = field(default_factory=list, init=False)
    _stop: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _chosen: _Attempt | None = field(default=None, init=False)
    """The attempt that was chosen among several and shown; None until then."""
    _chosen_at: float = field(default=0.0, init=False)
    """When that was; 0 where attempts are shown as they are written."""

    @property
    def shown(self) -> str:
        """The text of the chosen attempt or else of the current one, as far as it may be shown."""
        if self._chosen is not None:
            return self._chosen.reply.finish().text
        return "".join(self._attempts[-1].shown).rstrip() if self._attempts else ""

    @property
    def stopped(self) -> bool:
        """Whether the player has stopped it."""
        return self._stop.is_set()

    @property
    def tokens_per_second(self) -> float:
        """The speed of the last attempt, from its first chunk to its last; 0 if unknown, as of a
        reply that had a beginning given and has a few words more.
        """
        last = self._attempts[-1]
        seconds = last.last_chunk - last.first_chunk
        is_known = last.usage.tokens >= _MEASURED_TOKENS and seconds >= _MEASURED_SECONDS
        return (last.usage.tokens - 1) / seconds if is_known else 0.0

    def stop(self) -> None:
        """Stop now, and keep what was generated."""
        self._stop.set()

    async def events(self) -> AsyncGenerator[ReplyEvent, None]:
        """Yield what the player may see while the reply is generated. Raises GeneratorError."""
        loops, start, number = 0, "", -1
        while (number := number + 1) < self._max_attempts:
            attempt = self._begin(number, loops, start)
            async with aclosing(self._stream(attempt)) as events:
                async for event in events:
                    if shown := self._to_show(event, attempt):
                        yield shown
            if self.best_of is None and (rest := attempt.release()):
                yield rest
            if self.stopped:
                return
            reply = attempt.reply.finish()
            flaw = self.score(reply).flaw
            if flaw is None:
                best_of = self.best_of
                if best_of is None or best_of.is_settled_by(reply.text, attempt.likelihood):
                    break
                continue
            is_same = flaw is prose.RejectReason.SAME_REPLY
            # The same reply as before: another seed first, since penalties harm the prose.
            loops += flaw is prose.RejectReason.LOOP or (is_same and number > 0)
            start = start if reply.text else self._start_after(flaw, start)
            if number + 1 < self._max_attempts and self.best_of is None:
                yield AttemptRejected(flaw.value)
        if self.best_of is not None and not self.stopped:
            self._chosen, self._chosen_at = self._best, time.monotonic()
            yield TextChunk(self.shown)

    def result(self) -> tuple[str, Provenance]:
        """Return the text and the provenance of the best attempt; if stopped, of the likeliest so
        far where several are compared, else of what was shown.
        """
        is_early = self.stopped and self._chosen is None
        best = self._chosen or (self._likeliest if is_early else self._best)
        if best is None:
            return self.shown, self._provenance("stopped")
        reply = best.reply.finish()
        return reply.text, self._provenance("stopped" if is_early else reply.ended, best)

    def _start_after(self, flaw: prose.RejectReason, start: str) -> str:
        """Return how the attempt after an empty one begins, of which `start` was the beginning."""
        if flaw is prose.RejectReason.LOOP:
            return start
        # The model takes the end of the prompt for the end of the story, and would again; or it has
        # no more to say than the player, until it is asked what comes of it.
        is_echo = flaw is prose.RejectReason.ECHO
        return (is_echo and self.after_echo) or self.first_word

    def _to_show(self, event: ReplyEvent, attempt: _Attempt) -> ReplyEvent | None:
        """Return what of an event is shown at once: no text that may still not be chosen."""
        if not isinstance(event, TextChunk):
            return event
        if self.best_of is not None:
            attempt.held += event.text
            return None
        return attempt.release(event.text)

    def _spoken(self, attempt: _Attempt, chunk: TextChunk) -> str:
        """Return what of a chunk is no thinking, and count how likely it was. Where the engine does
        not tell that there is no choice, and the reply is shown as it is written.
        """
        spoken = attempt.thinking.feed(chunk.text)
        if not spoken:
            return ""
        if chunk.probability is not None and attempt.likelihood is not None:
            attempt.likelihood = attempt.likelihood.plus(chunk.probability)
            return spoken
        attempt.likelihood = None
        if self.best_of is not None and not self.best_of.compared:
            self.best_of = None
        return spoken

    @property
    def _max_attempts(self) -> int:
        return max(MAX_ATTEMPTS, self.best_of.count if self.best_of else 0)

    @property
    def _likeliest(self) -> _Attempt | None:
        """The likeliest of the attempts that were compared; None where none was."""
        text = self.best_of.likeliest() if self.best_of else ""
        found = (each for each in self._attempts if each.reply.finish().text == text)
        return next(found, None) if text else None

    @property
    def _best(self) -> _Attempt | None:
        """The attempt that is kept: the likeliest of those without a flaw where several were
        compared, else the one with the smallest flaw; None where there is none.
        """

        def verdict(attempt: _Attempt) -> prose.Verdict:
            return self.score(attempt.reply.finish())

        return self._likeliest or min(self._attempts, key=verdict, default=None)

    def _begin(self, number: int, loops: int, start: str) -> _Attempt:
        """Begin the next attempt, with a new seed, and with stronger penalties only after loops:
        they harm the prose of a small model, too. It begins with `start` where the reply is free.
        """
        sampling = self.settings.sampling
        if loops:
            sampling = sampling.with_stronger_penalties(loops)
        # A model that can say nothing new has the last attempt for what it can: no turn is lost.
        has_reply = self.best_of is not None and bool(self.best_of.compared)
        is_free = number + 1 >= self._max_attempts and not has_reply
        banned = self.always_banned if is_free else self.banned
        biased = () if is_free else self.settings.biased_words
        beginning, messages = self.beginning or start, self.context.messages
        if messages and start:  # a server's chat takes no beginning of a reply
            beginning, messages = self.beginning, ask_for_first_word(messages, start)
        reply = self.new_reply(banned, NOBODY if is_free else self.dead, beginning)
        attempt = _Attempt(self.seed + number, sampling, reply, banned, biased, beginning, messages)
        self._attempts.append(attempt)
        return attempt

    async def _stream(self, attempt: _Attempt) -> AsyncGenerator[PrefillProgress | TextChunk, None]:
        """Yield one attempt's events until the reply, the model or the player ends it."""
        for shown in attempt.feed(attempt.beginning):
            yield shown
        is_complete = attempt.reply.done
        if is_complete:
            return
        request = self._request(attempt)
        chunks = 0
        async with aclosing(_until(self._stop, self.generator.stream(request))) as stream:
            async for event in stream:
                match event:
                    case PrefillProgress(done, total, cached):
                        attempt.usage = Usage(total, done - cached, chunks)
                        yield event
                    case TextChunk():
                        chunks += 1
                        attempt.last_chunk = time.monotonic()
                        attempt.first_chunk = attempt.first_chunk or attempt.last_chunk
                        attempt.usage = _count_chunk(attempt.usage, chunks, self.context)
                        for shown in attempt.feed(self._spoken(attempt, event)):
                            yield shown
                        if attempt.reply.done:
                            return
                    case Finished(_, usage):
                        attempt.usage = usage
                        for shown in attempt.feed(attempt.thinking.finish()):
                            yield shown

    def _request(self, attempt: _Attempt) -> Request:
        beginning = neutralise(attempt.beginning)
        if beginning and self.context.format == "completion":
            beginning = SEPARATOR + beginning
        unconditional = self.context.unconditional_prompt
        return Request(
            self.context.prompt + beginning,
            self.settings.max_tokens,
            attempt.sampling,
            attempt.seed,
            stop=(STOP,),
            banned_phrases=attempt.banned,
            beginning=attempt.beginning,
            banned_tokens=self.banned_tokens,
            biased_words=attempt.biased,
            lists_alternatives=self.best_of is not None,  # with how likely the token itself was
            unconditional_prompt=unconditional and unconditional + beginning,
            messages=attempt.messages,
            session=self.context.session,
            is_opening=self.context.is_opening,
        )

    def _record_settings(self, attempt: _Attempt | None) -> str:
        is_free = attempt is not None and attempt.banned is not self.banned
        recorded = self.context.settings
        dead = () if is_free else self.dead.names
        told = recorded.with_phrases(self.settings.banned_phrases, is_free=is_free)
        text = attempt.reply.finish().text if attempt else ""
        chosen = self.best_of.describe(text) if self.best_of else (0, 0.0)
        return told.with_dead(dead).with_choice(*chosen).dump()

    def _provenance(self, ended: str, best: _Attempt | None = None) -> Provenance:
        attempts = self._attempts
        attempt = best or (attempts[-1] if attempts else None)
        first = self._chosen_at or (attempts[0].first_chunk if attempts else 0.0)
        return Provenance(
            model=self.generator.model.identity,
            seed=attempt.seed if attempt else None,
            sampling=_record_sampling(attempt) if attempt else {},
            reply_tokens=self.settings.reply_tokens,
            beginning=attempt.beginning if attempt else self.beginning,
            prompt_tokens=attempt.usage.prompt_tokens if attempt else 0,
            prompt_tokens_evaluated=self.prefetched_tokens
            + sum(a.usage.prompt_tokens_evaluated for a in attempts),
            prompt_sha256=self.context.sha256,
            prompt_first_turn=self.context.first or "",
            lore=self.context.lore.record,
            settings=self._record_settings(attempt),
            scripts=self.context.scripts.dump(),
            tokens=sum(a.usage.tokens for a in attempts),
            milliseconds=_milliseconds(time.monotonic() - self.started),
            first_milliseconds=_milliseconds(max(first - self.started, 0)) if first else 0,
            attempts=max(len(attempts), 1),
            ended=ended,
        )


def _record_sampling(attempt: _Attempt) -> dict[str, Any]:
    """Return the sampling settings of an attempt, with the biased words where there were any."""
    biased = {BIASED_WORDS: [words.line for words in attempt.biased]} if attempt.biased else {}
    return attempt.sampling.to_dict() | biased


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _count_chunk(usage: Usage, chunks: int, context: Context) -> Usage:
    """Return `usage` with `chunks` tokens; the prompt size is ours if the server sent none."""
    if usage.prompt_tokens:
        return Usage(usage.prompt_tokens, usage.prompt_tokens_evaluated, chunks)
    return Usage(context.tokens, context.tokens, chunks)


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
