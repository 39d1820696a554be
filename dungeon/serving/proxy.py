"""The ASGI application in front of the engine: checks each request, and passes its reply through.

A plain ASGI application, because little of a framework would be used: one path in, one stream out.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from dungeon.errors import GeneratorError
from dungeon.serving.access import (
    LOOPBACK_HOSTS,
    RateLimit,
    Refusal,
    check_host,
    check_token,
    headers_of,
)
from dungeon.serving.error_document import error_document, refusal_headers
from dungeon.serving.location import Engine, Location
from dungeon.serving.metrics import CONTENT_TYPE, Metrics, ReplyObserver
from dungeon.serving.slots import SlotScheduler, prompt_text

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GENERATING = ("/v1/completions", "/v1/chat/completions")
"""The paths whose requests take a slot of the engine."""

ROUTES = {
    "/v1/models": "GET",
    "/props": "GET",
    "/tokenize": "POST",
    "/detokenize": "POST",
    "/apply-template": "POST",
    **dict.fromkeys(GENERATING, "POST"),
}
"""The paths of the engine that players may use; everything else of it stays inside."""

_BROKEN = "The engine stopped in the middle of the reply. Send the request again."


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """What is allowed."""

    tokens: tuple[str, ...]
    hosts: tuple[str, ...] = LOOPBACK_HOSTS
    """Allowed names in the Host header, in lower case."""
    max_body_bytes: int = 1 << 20
    requests_per_minute: int = 600
    """Completions for each token; 0 is no limit."""
    slots: int = 4


class Proxy:
    """The application. `close` ends its connections to the engine."""

    def __init__(
        self,
        settings: ProxySettings,
        engine: Engine,
        metrics: Metrics,
        slots: SlotScheduler | None = None,
    ) -> None:
        """Without `slots` the engine chooses a slot for each request, and none is saved."""
        self._settings = settings
        self._engine = engine
        self._metrics = metrics
        self._slots = slots
        self._rate = RateLimit(settings.requests_per_minute)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=10),
            # llama.cpp now and then drops a connection that is reused at once
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )

    async def close(self) -> None:
        """Save the slots, and close the connections to the engine."""
        if self._slots is not None:
            await self._slots.close()
        await self._client.aclose()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            await self._answer(scope, receive, send)
        except Refusal as refusal:
            await self._refuse(refusal, send)

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        headers = headers_of(scope["headers"])
        path, method = scope["path"], scope["method"]
        check_host(headers.get("host", ""), self._settings.hosts)
        if path == "/health":
            await self._send_health(send)
            return
        token = check_token(headers.get("authorization", ""), self._settings.tokens)
        if path == "/metrics":
            await _send_body(send, 200, CONTENT_TYPE, self._metrics.to_text())
            return
        if path not in ROUTES:
            raise Refusal(404, "There is no such path here.")
        if method != ROUTES[path]:
            raise Refusal(405, f"{path} takes {ROUTES[path]}.")
        body = await self._read_body(headers, receive)
        if path not in GENERATING:
            started = self._metrics.now()
            await _until_hung_up(receive, self._relay(path, method, body, send, started))
            return
        self._rate.check(token)
        with self._metrics.active():
            await _until_hung_up(receive, self._generate(path, body, send))

    async def _generate(self, path: str, body: bytes, send: Send) -> None:
        """Send a completion on, to the slot that is to answer it."""
        started = self._metrics.now()
        document = _parse(body)
        if document is None:  # the engine says what is wrong with it
            await self._relay(path, "POST", body, send, started)
            return
        document.pop("id_slot", None)  # a player does not take that of another one
        if self._slots is None:
            body = json.dumps(document).encode()
            await self._relay(path, "POST", body, send, started)
            return
        engine = await self._locate()
        prompt = prompt_text(document)
        async with self._slots.assign(engine.address, engine.key, prompt) as number:
            body = json.dumps({**document, "id_slot": number}).encode()
            await self._relay(path, "POST", body, send, started)

    async def _locate(self) -> Location:
        """Return where the engine answers. Raises Refusal where it cannot be started."""
        try:
            return await self._engine.locate()
        except GeneratorError as error:
            raise Refusal(503, str(error), retry_after=5) from error

    async def _send_health(self, send: Send) -> None:
        await self._locate()
        await _send_body(send, 200, "application/json", b'{"status": "ok"}')

    async def _read_body(self, headers: Any, receive: Receive) -> bytes:
        """Return the body. Raises Refusal as soon as it is known to be too long."""
        limit = self._settings.max_body_bytes
        declared = headers.get("content-length", "0")
        too_long = Refusal(413, f"A request may have {limit} bytes.")
        if not declared.isdecimal() or int(declared[:20]) > limit:
            raise too_long
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "The request was cut off.")
            body += message.get("body", b"")
            if len(body) > limit:
                raise too_long
            if not message.get("more_body", False):
                return bytes(body)

    async def _relay(self, path: str, method: str, body: bytes, send: Send, started: float) -> None:
        """Send the request on, and its response back as it comes; it came at `started`."""
        engine = await self._locate()
        try:
            response = await self._open(engine, path, method, body)
        except httpx.HTTPError as error:
            raise Refusal(503, "The engine has stopped. Try again.", retry_after=5) from error
        kind = response.headers.get("content-type", "application/json")
        observer = ReplyObserver(self._metrics, started, kind)
        try:
            if kind.startswith("text/event-stream"):
                await self._pass_through(response, kind, observer, send)
            else:
                body = await response.aread()
                observer.feed(body)
                self._metrics.responses.labels(str(response.status_code)).inc()
                await _send_body(send, response.status_code, kind, body)
        except httpx.HTTPError as error:
            self._metrics.broken.inc()
            raise Refusal(502, _BROKEN) from error
        finally:
            if path in GENERATING:
                observer.finish()
            await response.aclose()

    async def _pass_through(
        self, response: httpx.Response, kind: str, observer: ReplyObserver, send: Send
    ) -> None:
        """Send a stream unchanged. One that breaks off ends with an error, without `[DONE]`."""
        self._metrics.responses.labels(str(response.status_code)).inc()
        headers = [(b"content-type", kind.encode("latin-1")), (b"cache-control", b"no-store")]
        await send(
            {"type": "http.response.start", "status": response.status_code, "headers": headers}
        )
        try:
            async for chunk in response.aiter_raw():
                await _send_chunk(send, chunk)
                observer.feed(chunk)
        except httpx.HTTPError:  # the status is sent: only the stream itself can say it
            self._metrics.broken.inc()
            await _send_chunk(send, b"data: " + _error_body(502, _BROKEN) + b"\n\n")
        await _send_chunk(send, b"", more=False)

    async def _open(self, engine: Location, path: str, method: str, body: bytes) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {engine.key}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        content = body if method == "POST" else None
        url = engine.address + path
        request = self._client.build_request(method, url, headers=headers, content=content)
        return await self._client.send(request, stream=True)

    async def _refuse(self, refusal: Refusal, send: Send) -> None:
        self._metrics.responses.labels(str(refusal.status)).inc()
        headers = refusal_headers(refusal).items()
        extra = [(name.encode(), value.encode()) for name, value in headers]
        body = _error_body(refusal.status, str(refusal))
        await _send_body(send, refusal.status, "application/json", body, extra)


def _parse(body: bytes) -> dict[str, Any] | None:
    """Return a request's JSON object, or None where it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _error_body(status: int, message: str) -> bytes:
    return json.dumps(error_document(status, message)).encode()


async def _until_hung_up(receive: Receive, answer: Awaitable[None]) -> None:
    """Wait for the answer, and cancel it where the client hangs up: the engine then stops too.

    Raises what `answer` raises.
    """
    answering = asyncio.ensure_future(answer)
    listening = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((answering, listening), return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            answering.result()
    finally:
        for task in (answering, listening):
            task.cancel()
            with suppress(asyncio.CancelledError, Refusal):
                await task


async def _send_chunk(send: Send, chunk: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": chunk, "more_body": more})


async def _send_body(
    send: Send,
    status: int,
    kind: str,
    body: bytes,
    extra: list[tuple[bytes, bytes]] | None = None,
) -> None:
    headers = [
        (b"content-type", kind.encode("latin-1")),
        (b"content-length", str(len(body)).encode()),
        *(extra or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await _send_chunk(send, body, more=False)
