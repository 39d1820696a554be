"""The ingress: checks each request, lets Ray's router choose a replica, and streams its reply."""

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from ray.exceptions import RayError
from ray.serve.exceptions import RayServeException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from deploy.replica import EngineRequest
from deploy.settings import DeploySettings
from dungeon.errors import InputRefused
from dungeon.generator.http_client import SESSION_HEADER
from dungeon.serving.access import LOOPBACK_HOSTS, RateLimit, Refusal, check_host, check_token
from dungeon.serving.proxy import GENERATING, ROUTES
from dungeon.serving.slots import prompt_text

_MAX_BODY_BYTES = 1 << 20
_ATTEMPTS = 3
"""Replicas that are tried until one begins its reply."""

_BROKEN = "The replica stopped in the middle of the reply. Send the request again."
_FAILURES = (RayError, RayServeException)


class Ingress:
    """The deployment that clients reach."""

    def __init__(self, settings: DeploySettings, replicas: Any) -> None:
        """`replicas` is the handle of the engines. Raises InputRefused without tokens."""
        self._tokens = tuple(os.environ.get("GRUE_SERVE_TOKEN", "").split())
        if not self._tokens:
            raise InputRefused("Set GRUE_SERVE_TOKEN to the tokens that clients send.")
        self._hosts = tuple(name.lower() for name in (*LOOPBACK_HOSTS, *settings.hosts))
        self._rate = RateLimit(settings.requests_per_minute)
        self._replicas = replicas.options(stream=True)

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return await self._answer(request)
        except Refusal as refusal:
            headers = {"retry-after": str(refusal.retry_after)} if refusal.retry_after else {}
            return JSONResponse(
                _error(refusal.status, str(refusal)), refusal.status, headers=headers
            )

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        check_host(request.headers.get("host", ""), self._hosts)
        if path == "/health":
            return JSONResponse({"status": "ok"})
        token = check_token(request.headers.get("authorization", ""), self._tokens)
        if path not in ROUTES:
            raise Refusal(404, "There is no such path here.")
        if request.method != ROUTES[path]:
            raise Refusal(405, f"{path} takes {ROUTES[path]}.")
        body = await request.body()
        if len(body) > _MAX_BODY_BYTES:
            raise Refusal(413, f"A request may have {_MAX_BODY_BYTES} bytes.")
        if path in GENERATING:
            self._rate.check(token)
        wanted = EngineRequest(request.method, path, *_without_slot(body, path))
        return await self._relay(wanted, request.headers.get(SESSION_HEADER, ""))

    async def _relay(self, wanted: EngineRequest, session: str) -> Response:
        """Return the reply of a replica, of another one where it fails before it has begun."""
        handle = self._replicas.options(session_id=session) if session else self._replicas
        failure: Exception | None = None
        for _ in range(_ATTEMPTS):
            chunks = handle.stream.remote(wanted)
            try:
                head = json.loads(await anext(chunks))
            except _FAILURES as error:
                failure = error
                continue
            return StreamingResponse(
                _until_broken(chunks, is_stream=head["type"].startswith("text/event-stream")),
                head["status"],
                headers={"content-type": head["type"], "cache-control": "no-store"},
            )
        raise Refusal(503, "No replica answers. Try again.", retry_after=5) from failure


def _without_slot(body: bytes, path: str) -> tuple[bytes, str]:
    """Return the body without llama.cpp's `id_slot`, by which a player could take that of another
    one, and the text by which it is routed.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body, path  # the engine says what is wrong with it
    if not isinstance(document, dict):
        return body, path
    if document.pop("id_slot", None) is not None:
        body = json.dumps(document).encode()
    return body, prompt_text(document) or path


async def _until_broken(
    chunks: AsyncIterator[bytes], *, is_stream: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the chunks. A stream that breaks off ends with an error event, without `[DONE]`; any
    other body ends too early, which its client notices.
    """
    try:
        async for chunk in chunks:
            yield chunk
    except _FAILURES:
        if not is_stream:
            raise
        yield b"data: " + json.dumps(_error(502, _BROKEN)).encode() + b"\n\n"


def _error(status: int, message: str) -> dict[str, Any]:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"error": {"message": message, "type": kind, "code": status}}
