"""Provides Connection, the HTTP side of a model server: questions, streams, and sentences for
whatever goes wrong on the way.

Knows nothing of prompts and models: documents and bytes go in and out.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError
from dungeon.generator.http_errors import refusal
from dungeon.generator.server_url import is_loopback, root_of

_MAX_ANSWER_BYTES = 8 << 20
"""A longer answer to a question that is no stream is cut off; no honest one comes near it."""

_ONE_USE = httpx.Limits(max_keepalive_connections=0)
"""A connection a request: llama.cpp drops now and then one that is used again at once."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for a server before giving up, in seconds without a byte."""

    connecting: float = 10
    reading: float = 120
    """While it reads the prompt."""
    writing: float = 60
    """Between two pieces of its reply."""


class ModelServerClient:
    """A server and the key for it. Every method raises EngineStopped, with a sentence, where the
    server cannot be reached or breaks off, and EngineSilent where it falls silent.
    """

    def __init__(self, address: str, key: str | None, patience: Timeouts) -> None:
        """Connects on first use. Raises InputRefused where `address` is none."""
        self.root = root_of(address)
        self.key = key
        self._patience = patience
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close whatever is open."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def ask(self, path: str, document: Any = None) -> Any:
        """Return the JSON answer to a question: a GET, or a POST of `document`.

        Raises GeneratorError where the server refuses it or answers with something else.
        """
        response = await self.send(path, document)
        try:
            if response.status_code != httpx.codes.OK:
                raise await self.refused(response)
            return json.loads(await self._whole(response))
        except (ValueError, RecursionError) as error:
            raise GeneratorError(
                f"{self.root}{path} answered with something that is no JSON. Is the address right?"
            ) from error
        finally:
            await response.aclose()

    async def send(self, path: str, document: Any) -> httpx.Response:
        """Return the response with its body still unread; the caller closes it."""
        method = "GET" if document is None else "POST"
        content = None if document is None else json.dumps(document).encode()
        request = self._connected().build_request(method, self.root + path, content=content)
        async with self._explained(self._patience.reading):
            return await self._connected().send(request, stream=True)

    async def chunk(self, chunks: AsyncIterator[bytes], *, writing: bool) -> bytes:
        """Return the next bytes of a stream, none at its end."""
        seconds = self._patience.writing if writing else self._patience.reading
        async with self._explained(seconds):
            return await anext(chunks, b"")

    async def refused(self, response: httpx.Response, model: str = "") -> GeneratorError:
        """Return the error that a response other than 200 tells of."""
        return refusal(
            response.status_code,
            response.headers,
            await self._whole(response),
            server=self.root,
            model=model,
            key=self.key,
        )

    async def _whole(self, response: httpx.Response) -> bytes:
        whole = bytearray()
        async with self._explained(self._patience.reading):
            async for chunk in response.aiter_bytes():
                whole += chunk
                if len(whole) > _MAX_ANSWER_BYTES:
                    break
        return bytes(whole)

    @asynccontextmanager
    async def _explained(self, seconds: float) -> AsyncGenerator[None, None]:
        """Turn whatever goes wrong with a connection within `seconds` into a sentence."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except TimeoutError as error:
            raise EngineSilent(
                f"{self.root} has said nothing for {seconds:g} seconds. Try again."
            ) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise EngineStopped(
                f"{self.root} cannot be reached. Is the server running, and the address right?"
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineStopped(f"The connection to {self.root} broke off. Try again.") from error

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
            if self.key:
                headers["Authorization"] = f"Bearer {self.key}"
            self._client = httpx.AsyncClient(
                headers=headers,
                timeout=httpx.Timeout(None, connect=self._patience.connecting),
                limits=_ONE_USE,
                follow_redirects=False,  # a key must not travel on to another host
                trust_env=not is_loopback(self.root),  # no proxy between Grue and this machine
            )
        return self._client
