"""A fake model server on this machine that responds and fails as a test scripts it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import EllipsisType
from typing import Any


@dataclass
class Said:
    """A whole answer."""

    document: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        if isinstance(self.document, bytes):
            return self.document
        return json.dumps(self.document).encode()


@dataclass
class Streamed:
    """An answer in chunks: bytes are sent, a number is seconds to wait, `...` is for ever."""

    chunks: Sequence[bytes | float | EllipsisType]
    cut: bool = False
    """Whether the connection breaks off where the answer should end."""


Answer = Said | Streamed


def event(document: Any) -> bytes:
    return f"data: {json.dumps(document)}\n\n".encode()


def piece(text: str, reason: str | None = None) -> bytes:
    return event({"choices": [{"text": text, "index": 0, "finish_reason": reason}]})


DONE = b"data: [DONE]\n\n"

OPENAI_MODELS = Said({"object": "list", "data": [{"id": "tale", "owned_by": "someone"}]})
VLLM_MODELS = Said({"data": [{"id": "tale", "owned_by": "vllm", "max_model_len": 4096}]})
LLAMA_MODELS = Said({"data": [{"id": "tale", "owned_by": "llamacpp"}]})
LLAMA_PROPS = Said({"default_generation_settings": {"n_ctx": 1024}})


class FakeServer:
    """Answers each path with its answers in turn; the last one stays."""

    def __init__(self, routes: dict[str, Answer | list[Answer]]) -> None:
        self.address = ""
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        """Path, headers and JSON body of every request."""
        self.left = asyncio.Event()
        """Set when a client closes the connection while an answer is under way."""
        self.tasks: set[asyncio.Task[None]] = set()
        self._routes = {path: _listed(answers) for path, answers in routes.items()}

    def bodies(self, path: str) -> list[Any]:
        return [body for asked, _, body in self.asked if asked == path]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in head[1:-1])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            path = head[0].split()[1]
            self.asked.append((path, headers, json.loads(body) if body else None))
            await self._answer(self._next(path), reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def _next(self, path: str) -> Answer:
        answers = self._routes.get(path)
        if answers is None:
            return Said({"error": {"message": "no such path"}}, 404)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def _answer(
        self, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if isinstance(answer, Said):
            extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            length = f"Content-Length: {len(answer.body)}\r\n"
            writer.write(
                f"HTTP/1.1 {answer.status} X\r\n{length}{extra}\r\n".encode() + answer.body
            )
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        gone = asyncio.create_task(reader.read())
        sending = asyncio.create_task(_send(answer, writer))
        await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done() and not sending.done():
            self.left.set()
        for task in (gone, sending):
            task.cancel()
        await asyncio.gather(gone, sending, return_exceptions=True)


async def _send(answer: Streamed, writer: asyncio.StreamWriter) -> None:
    for chunk in answer.chunks:
        match chunk:
            case bytes():
                writer.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
                await writer.drain()
            case EllipsisType():
                await asyncio.Event().wait()
            case seconds:
                await asyncio.sleep(seconds)
    if not answer.cut:
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def _listed(answers: Answer | list[Answer]) -> list[Answer]:
    return list(answers) if isinstance(answers, list) else [answers]


@asynccontextmanager
async def serving(
    routes: dict[str, Answer | list[Answer]], kind: type[FakeServer] = FakeServer
) -> AsyncIterator[FakeServer]:
    """Give a running server on a free port of this machine."""
    fake = kind(routes)
    server = await asyncio.start_server(fake.accept, "127.0.0.1", 0)
    fake.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
        for task in fake.tasks:
            task.cancel()
        await asyncio.gather(*fake.tasks, return_exceptions=True)
        await server.wait_closed()
