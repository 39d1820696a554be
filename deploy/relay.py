"""Relay a request to a replica, and to another one where that is lost before the reply is whole.

What has sent the client nothing yet is asked of another replica from the beginning; of a reply that
has begun only the rest is. Knows nothing of Ray.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from deploy.engine_request import EngineRequest
from deploy.streamed_reply import KEEP_ALIVE, StreamedReply
from dungeon.serving.access import Refusal
from dungeon.serving.error_document import error_document

_NOT_READY = 503
"""The status by which an engine says that it still loads its model."""

RETRY_SECONDS = 5
"""After which a client that no replica answers is told to try again."""

_NONE_FREE = "No replica is free. Try again."
_NONE_IN_TIME = "No replica answers in time. Try again."
_NONE_ANSWERS = "No replica answers. Try again."
_BROKEN = "The replica stopped in the middle of the reply. Send the request again."


class ReplicaLost(Exception):
    """A replica ended, or its engine, before its reply was whole: another one can be asked."""


Call = Callable[[EngineRequest], AsyncGenerator[bytes, None]]
"""Yields what `EngineReplica.stream` of some replica does, and ends the call when it is closed.

Raises ReplicaLost, and what must not be tried again as it is.
"""

Lost = Literal["retried", "continued", "broken"]
"""What becomes of a request whose replica was lost: it is asked again from the beginning, or for
the rest of its reply, or the client is told."""

Note = Callable[[Lost, int], None]
"""Takes note of what became of a request, and of how many replicas have been asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a request is worth trying."""

    attempts: int = 6
    """Replicas that are asked for one reply."""
    wait: float = 100
    """Seconds until a replica takes the request, each time, and until it begins with the rest."""
    pause: float = 0.5
    """Seconds before the third attempt; twice as many before each further one."""
    keep_alive: float = 15
    """Seconds without a byte for a client that has some of the reply, until another replica takes
    it: the game gives up after 60."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request; its body is a stream where the engine streams it."""

    status: int
    content_type: str
    body: bytes | AsyncGenerator[bytes, None]


@dataclass(frozen=True, slots=True)
class _Opened:
    """The reply of one replica."""

    status: int
    content_type: str
    chunks: AsyncGenerator[bytes, None]

    @property
    def is_stream(self) -> bool:
        return self.content_type.startswith("text/event-stream")


class Relay:
    """One request on its way to a whole reply."""

    def __init__(self, reply: StreamedReply, call: Call, limits: Limits, note: Note) -> None:
        self._reply = reply
        self._request = reply.request
        self._call = call
        self._limits = limits
        self._note = note
        self._attempts = 0
        self._is_streaming = False

    async def answer(self) -> Answer:
        """Return the answer. Raises Refusal where no replica gives one."""
        opened = await self._open()
        while not opened.is_stream:
            try:
                body = b"".join([chunk async for chunk in opened.chunks])
                return Answer(opened.status, opened.content_type, body)
            except ReplicaLost as error:
                opened = await self._open_next(error)
        self._is_streaming = True
        return Answer(opened.status, opened.content_type, self._stream(opened))

    async def _stream(self, opened: _Opened) -> AsyncGenerator[bytes, None]:
        """Yield the events of the reply. What cannot be made whole ends with an error event."""
        while True:
            try:
                async with aclosing(opened.chunks):
                    async for event in _events(opened.chunks):
                        for sent in self._reply.take(event):
                            yield sent
                        if self._reply.is_stopped:
                            return
                lost = ReplicaLost("The engine ended the stream.")
            except ReplicaLost as error:
                lost = error
            if self._reply.is_whole:
                return
            if end := self._reply.end_if_written():
                yield end
                return
            opening = asyncio.ensure_future(self._open_next(lost))
            try:
                while not (await asyncio.wait({opening}, timeout=self._limits.keep_alive))[0]:
                    yield KEEP_ALIVE
                opened = opening.result()
            except Refusal as refusal:
                yield _error_event(refusal)
                return
            finally:
                opening.cancel()

    async def _open_next(self, lost: ReplicaLost) -> _Opened:
        """Return the reply of another replica. Raises Refusal where there is none."""
        if self._attempts >= self._limits.attempts:
            raise self._refusal(_NONE_ANSWERS) from lost
        request = self._reply.next_request()
        if request is None:
            raise self._refusal(_BROKEN) from lost
        self._request = request
        self._note("continued" if self._reply.text else "retried", self._attempts + 1)
        if self._attempts > 1:
            await asyncio.sleep(self._limits.pause * 2 ** (self._attempts - 2))
        opened = await self._open()
        if self._is_streaming and not opened.is_stream:  # it refuses the rest
            await opened.chunks.aclose()
            raise self._refusal(_BROKEN) from lost
        return opened

    async def _open(self) -> _Opened:
        """Return the reply of the next replica that gives one. Raises Refusal where none does."""
        self._attempts += 1
        chunks = self._call(self._request)
        late = _NONE_FREE
        try:
            async with asyncio.timeout(self._limits.wait):
                await anext(chunks)  # it has the request
            late = _NONE_IN_TIME
            # A client that is told to wait does not notice by itself that nothing comes.
            async with asyncio.timeout(self._limits.wait if self._is_streaming else None):
                head = json.loads(await anext(chunks))
        except TimeoutError as error:
            raise self._refusal(late) from error
        except ReplicaLost as error:
            return await self._open_next(error)
        if head["status"] == _NOT_READY:
            await chunks.aclose()
            return await self._open_next(ReplicaLost("The engine is not ready."))
        return _Opened(head["status"], head["type"], chunks)

    def _refusal(self, message: str) -> Refusal:
        self._note("broken", self._attempts)
        status = 502 if self._is_streaming else 503
        return Refusal(status, message, retry_after=RETRY_SECONDS)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield whole events: half of one must not be sent where the other half may never come."""
    rest = b""
    async for chunk in chunks:
        *events, rest = (rest + chunk).split(b"\n\n")
        for event in events:
            yield event + b"\n\n"
    if rest:
        yield rest


def _error_event(refusal: Refusal) -> bytes:
    document = error_document(refusal.status, str(refusal))
    return b"data: " + json.dumps(document).encode() + b"\n\n"
