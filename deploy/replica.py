"""A replica: one engine, to which it relays requests and streams the replies back."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import httpx

from deploy.engines import create_engine
from deploy.settings import DeploySettings


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """A request that may be answered."""

    method: str
    path: str
    body: bytes
    prompt: str
    """The prompt or the chat as text; Ray's prefix router reads it under this name. Not empty."""


class EngineReplica:
    """The deployment that has the model. Ray counts its running calls as ongoing requests."""

    def __init__(self, settings: DeploySettings) -> None:
        self._engine = create_engine(settings)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=10),
            # llama.cpp now and then drops a connection that is reused at once
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            trust_env=False,
        )

    async def check_health(self) -> None:
        """Start the engine if it does not run: a replica without one is not sent requests. Raises
        GeneratorError, after which Ray replaces the replica.
        """
        await self._engine.locate()

    async def stream(self, request: EngineRequest) -> AsyncGenerator[bytes, None]:
        """Yield a line of JSON with `status` and `type`, then the bytes of the body.

        Raises GeneratorError and httpx.HTTPError. Closing it ends the reply in the engine.
        """
        engine = await self._engine.locate()
        headers = {
            "Authorization": f"Bearer {engine.key}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        content = request.body if request.method == "POST" else None
        url = engine.address + request.path
        async with self._client.stream(
            request.method, url, headers=headers, content=content
        ) as response:
            kind = response.headers.get("content-type", "application/json")
            yield json.dumps({"status": response.status_code, "type": kind}).encode()
            async for chunk in response.aiter_raw():
                yield chunk
