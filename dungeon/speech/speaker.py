"""Speak a reply while it is written: each sentence once it is whole, one after the other."""

import asyncio
from collections.abc import Callable
from itertools import takewhile
from typing import Protocol

from dungeon.errors import GrueError
from dungeon.text.sentences import SentenceSplitter, split_sentences

_AHEAD = 1
"""Sentences that are prepared while another one is spoken."""


class Voice(Protocol):
    """What speaks. Both methods may be cancelled, and raise GrueError."""

    async def prepare(self, sentence: str) -> bytes:
        """Return what `speak` takes for a sentence; for a server that is its audio."""

    async def speak(self, prepared: bytes) -> None:
        """Speak, and return when that has ended."""


class Speaker:
    """Speaks one reply with a voice, in tasks of the running event loop."""

    def __init__(self, voice: Voice, on_error: Callable[[str], None]) -> None:
        """`on_error` takes a sentence where the voice fails, which ends the speech."""
        self._voice = voice
        self._on_error = on_error
        self._splitter = SentenceSplitter()
        self._spoken: list[str] = []
        """The sentences that were taken for speaking."""
        self._sentences: asyncio.Queue[str | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._run())

    def feed(self, text: str) -> None:
        """Take the next piece of the reply."""
        for sentence in self._splitter.feed(text):
            self._say(sentence.text)

    def finish(self, reply: str) -> None:
        """Take the whole reply as it was saved, and speak what of it is not spoken yet."""
        whole = [sentence.text for sentence in split_sentences(reply)]
        pairs = zip(self._spoken, whole, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        for sentence in whole[same:]:
            self._say(sentence)
        self._sentences.put_nowait(None)

    def _say(self, sentence: str) -> None:
        self._spoken.append(sentence)
        self._sentences.put_nowait(sentence)

    async def stop(self) -> None:
        """End the speech at once."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def wait(self) -> None:
        """Wait until everything is spoken."""
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        prepared: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=_AHEAD)
        preparing = asyncio.create_task(self._prepare(prepared))
        try:
            while (audio := await _next(prepared, preparing)) is not None:
                await self._voice.speak(audio)
        except (GrueError, OSError) as error:
            self._on_error(str(error))
        finally:
            preparing.cancel()
            await asyncio.gather(preparing, return_exceptions=True)

    async def _prepare(self, prepared: "asyncio.Queue[bytes | None]") -> None:
        while (sentence := await self._sentences.get()) is not None:
            await prepared.put(await self._voice.prepare(sentence))
        await prepared.put(None)


async def _next(
    prepared: "asyncio.Queue[bytes | None]", preparing: "asyncio.Task[None]"
) -> bytes | None:
    """Return the next of the queue, or raise why there will be none."""
    getting = asyncio.create_task(prepared.get())
    try:
        await asyncio.wait([getting, preparing], return_when=asyncio.FIRST_COMPLETED)
        if not getting.done() and (error := preparing.exception()):
            raise error
        return await getting
    finally:
        getting.cancel()
