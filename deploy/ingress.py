"""The ingress: checks each request, lets Ray's router choose a replica, and streams its reply."""

import json
import os
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from deploy.engine_request import EngineRequest
from deploy.ray_call import call_replica
from deploy.relay import Limits, Relay
from deploy.relay_metrics import RelayMetrics
from deploy.settings import DeploySettings
from deploy.streamed_reply import StreamedReply
from dungeon.errors import InputRefused
from dungeon.generator.http_client import SESSION_HEADER
from dungeon.serving.access import LOOPBACK_HOSTS, RateLimit, Refusal, check_host, check_token
from dungeon.serving.error_document import error_document, refusal_headers
from dungeon.serving.proxy import GENERATING, ROUTES
from dungeon.serving.slots import prompt_text

_MAX_BODY_BYTES = 1 << 20


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
        self._engine = settings.engine
        self._limits = Limits(settings.attempts, settings.replica_wait)
        self._metrics = RelayMetrics()

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        try:
            return await self._answer(request)
        except Refusal as refusal:
            document = error_document(refusal.status, str(refusal))
            return JSONResponse(document, refusal.status, headers=refusal_headers(refusal))

    def counts(self) -> dict[str, int]:
        """Return what this ingress counted of requests whose replica was lost, by kind."""
        return dict(self._metrics.counts)

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
        """Return the reply of a replica, or of several where one is lost before it is whole."""
        handle = self._replicas.options(session_id=session) if session else self._replicas
        reply = StreamedReply(wanted, self._engine)
        relay = Relay(reply, partial(call_replica, handle), self._limits, self._metrics.note)
        answer = await relay.answer()
        headers = {"content-type": answer.content_type, "cache-control": "no-store"}
        if isinstance(answer.body, bytes):
            return Response(answer.body, answer.status, headers)
        return StreamingResponse(answer.body, answer.status, headers)


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
