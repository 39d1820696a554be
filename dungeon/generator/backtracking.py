"""Keep banned phrases out of a stream of text: rewind to a token of the phrase, and take another.

As antislop does (arXiv 2510.15061), a token is banned at its position only. An engine that lists
what else it could have sampled is not asked again for the other token: it is drawn from that list,
at the last token of the phrase that has one, and the engine goes on after it. Elsewhere one request
for the first token of the phrase bans it.

Text is held back while it may still become a banned phrase, so nothing that was yielded is taken
back. An engine needs no more than a prefix cache for that: each rewind is a request that continues
the text before the phrase.
"""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from dungeon.generator import Event, Finished, PrefillProgress, Request, TextChunk, Usage
from dungeon.text.phrases import Scan

MAX_BANS = 3
"""Tokens that are banned at one position; after that the token before it is banned, too."""

MAX_REWINDS = 16
"""Rewinds in one reply; after that it is written freely, and the prose layer cuts it."""

_CONTEXT = 120
"""Characters before what is held back in which a phrase may begin: a rewind can write its end."""

_CHARACTER_TOKENS = 4
"""Tokens that a character may take: one for each of its bytes."""

_SEED_STEP = 104_729
"""Difference between the seeds of two requests of one reply."""

Stream = Callable[[Request], AsyncGenerator[Event, None]]
"""An engine's reply to a request, whatever phrases it bans."""


async def without_banned_phrases(stream: Stream, request: Request) -> AsyncGenerator[Event, None]:
    """Yield the reply of `stream` to `request` without the phrases that it bans, then Finished."""
    if not request.banned_phrases or request.max_tokens == 0:
        async with aclosing(stream(request)) as events:
            async for event in events:
                yield event
        return
    reply = _Reply(request, released=request.beginning)
    while not reply.finished:
        async with aclosing(stream(reply.next_request())) as events:
            async for event in events:
                for allowed in reply.take(event):
                    yield allowed
                if reply.is_rewound:
                    break


@dataclass(slots=True)
class _Reply:
    """A reply that several requests write."""

    request: Request
    released: str
    """The beginning of the reply, and the text that was yielded."""
    chunks: list[TextChunk] = field(default_factory=list)
    """Its tokens."""
    yielded: int = 0
    """The number of chunks that were yielded."""
    bans: dict[int, list[str]] = field(default_factory=dict)
    """The tokens that are banned at each position; positions count chunks."""
    is_rewound: bool = False
    """Whether the current request was abandoned because of a banned phrase."""
    finished: bool = False
    rewinds: int = 0
    requests: int = 0
    usage: Usage = field(default_factory=Usage)
    """The sum over the finished and abandoned requests."""
    sampled: int = 0
    """Tokens of the current request."""
    is_single: bool = False
    """Whether the current request is for the one token at a position with bans."""
    is_half: bool = False
    """Whether that token was half a character, without text: more tokens are sampled under bans."""

    def next_request(self) -> Request:
        """Return the request that continues the reply."""
        self.is_rewound, self.sampled = False, 0
        position = len(self.chunks)
        text = "".join(chunk.text for chunk in self.chunks)
        request = self.request.continued(text, position)
        banned = tuple(self.bans.get(position, ()))
        self.is_single = bool(banned)
        seed = self.request.seed + _SEED_STEP * self.requests
        self.requests += 1
        length = request.max_tokens
        if self.is_single:
            length = min(length, _CHARACTER_TOKENS if self.is_half else 1)
        return replace(
            request,
            max_tokens=length,
            banned_tokens=request.banned_tokens + banned,
            seed=seed,
            lists_alternatives=True,
        )

    def take(self, event: Event) -> tuple[Event, ...]:
        """Return what can be yielded after an event of the current request."""
        match event:
            case PrefillProgress(done, total, cached):
                is_first = self.requests == 1
                if is_first:
                    self.usage = Usage(total, done - cached)
                return (event,) if is_first else ()
            case TextChunk():
                self.chunks.append(event)
                self.sampled += 1
                return self._release(is_whole=False)
            case Finished():
                return self._finish(event)

    def _finish(self, event: Finished) -> tuple[Event, ...]:
        goes_on = (
            self.is_single
            and event.reason == "length"
            and len(self.chunks) < self.request.max_tokens
        )
        self._count(event.usage)
        if goes_on:
            if not self.sampled and self.is_half:  # no character at all: sample freely
                self.bans.pop(len(self.chunks), None)
            self.is_half = not self.sampled
            return ()
        released = self._release(is_whole=True)
        if self.is_rewound:
            return released
        self.finished = True
        return (*released, Finished(event.reason, self.usage))

    def _count(self, usage: Usage) -> None:
        """Add the usage of a request that is over."""
        first = self.usage if self.requests > 1 else usage
        earlier = self.usage.prompt_tokens_evaluated if self.requests > 1 else 0
        self.usage = Usage(
            first.prompt_tokens or usage.prompt_tokens,
            earlier + usage.prompt_tokens_evaluated,
            self.usage.tokens + usage.tokens,
        )

    def _release(self, *, is_whole: bool) -> tuple[Event, ...]:
        """Return the chunks that belong to no banned phrase, or rewind where there is one."""
        end = len(self.chunks)
        if self.rewinds < MAX_REWINDS:
            scan = self._scan(is_whole=is_whole)
            if scan.phrase_start is not None:
                self._abandon(is_counted=is_whole)
                return self._rewind(scan)
            if not is_whole:  # one token more than necessary, to be able to go further back
                end = max(self._position(scan.safe) - 1, self.yielded)
        return self._yield_until(end)

    def _yield_until(self, end: int) -> tuple[Event, ...]:
        chunks = self.chunks[self.yielded : end]
        self.yielded = end
        self.released += "".join(chunk.text for chunk in chunks)
        return tuple(chunks)

    def _scan(self, *, is_whole: bool) -> Scan:
        """Search the text that is held back; a phrase in it may begin before it."""
        cut = max(len(self.released) - _CONTEXT, 0)
        before, context = self.released[:cut], self.released[cut:]
        held = "".join(chunk.text for chunk in self.chunks[self.yielded :])
        phrases = self.request.banned_phrases
        scan = phrases.scan(context + held, before=before, is_whole=is_whole)
        if scan.phrase_start is not None and scan.phrase_end <= len(context):
            # That cannot be changed.
            return phrases.scan(held, before=self.released, is_whole=is_whole)
        return scan.without(len(context))

    def _position(self, character: int) -> int:
        """Return which chunk contains a character of the text that is held back."""
        for position in range(self.yielded, len(self.chunks)):
            character -= len(self.chunks[position].text)
            if character < 0:
                return position
        return len(self.chunks)

    def _abandon(self, *, is_counted: bool) -> None:
        """Give the current request up; the usage of one that has finished `is_counted` already."""
        sampled = 0 if is_counted else self.sampled
        self.usage = replace(self.usage, tokens=self.usage.tokens + sampled)
        self.is_rewound = True

    def _rewind(self, scan: Scan) -> tuple[Event, ...]:
        """Change the phrase that was found, and those that come of it; return the end of the reply
        where it is long enough nevertheless.
        """
        is_full = False
        while scan.phrase_start is not None and self.rewinds < MAX_REWINDS:
            self._change(self._position(scan.phrase_start), self._position(scan.phrase_end - 1))
            is_full = len(self.chunks) >= self.request.max_tokens
            scan = self._scan(is_whole=is_full)
        if not is_full:
            return ()
        self.finished = True
        return (*self._yield_until(len(self.chunks)), Finished("length", self.usage))

    def _change(self, first: int, last: int) -> None:
        """Change the phrase that reaches from the chunk `first`, or further back, to `last`."""
        self.rewinds += 1
        for position in range(last, first - 1, -1):
            if self.chunks[position].alternatives:
                self._replace(position)
                return
        self._ban(first)

    def _replace(self, position: int) -> None:
        """Put another token at `position`, and drop the text after it."""
        alternatives = self.chunks[position].alternatives
        rng = random.Random(self.request.seed + _SEED_STEP * self.rewinds)
        [drawn] = rng.choices(alternatives, [each.probability for each in alternatives])
        left = tuple(each for each in alternatives if each is not drawn)
        self.chunks[position:] = [TextChunk(drawn.text, left, drawn.probability)]
        self.bans = {at: tokens for at, tokens in self.bans.items() if at < position}

    def _ban(self, position: int) -> None:
        """Ban the token at `position`, or one further back where too many are banned there, and
        drop the text from it on.
        """
        while len(self.bans.get(position, ())) >= MAX_BANS and position > self.yielded:
            position -= 1
        self.bans = {at: tokens for at, tokens in self.bans.items() if at <= position}
        self.bans.setdefault(position, []).append(self.chunks[position].text)
        del self.chunks[position:]
