"""A replica: one engine, to which it relays requests and streams the replies back."""

import asyncio
import json
from collections.abc import AsyncGenerator

import httpx

from deploy.engine_request import EngineRequest
from deploy.engines import create_engine
from deploy.settings import DeploySettings
from dungeon.errors import EngineStopped


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
        """Yield nothing (`b""`) once an engine can take the request, a line of JSON with `status`
        and `type`, then the bytes of the body.

        Raises GeneratorError where there is no engine or it stops. Closing it ends the reply in the
        engine.
        """
        engine = await asyncio.shield(self._engine.locate())  # others wait for its start, too
        yield b""
        headers = {
            "Authorization": f"Bearer {engine.key}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        content = request.body if request.method == "POST" else None
        url = engine.address + request.path
        try:
            async with self._client.stream(
                request.method, url, headers=headers, content=content
            ) as response:
                kind = response.headers.get("content-type", "application/json")
                yield json.dumps({"status": response.status_code, "type": kind}).encode()
                async for chunk in response.aiter_raw():
                    yield chunk
        except httpx.HTTPError as error:
            raise EngineStopped("The engine stopped before its reply was whole.") from error
