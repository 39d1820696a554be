"""The HTTP client of a model server: JSON requests, streams, and errors in plain sentences."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError
from dungeon.generator.http_errors import error_from_response
from dungeon.generator.server_url import is_loopback, server_root
from dungeon.generator.sse import BodyReader, EventReader

_MAX_RESPONSE_BYTES = 8 << 20
"""A longer response that is no stream is cut off; no honest one is nearly as long."""

_NO_KEEPALIVE = httpx.Limits(max_keepalive_connections=0)
"""A new connection for each request: llama.cpp now and then drops one that is reused at once."""

SESSION_HEADER = "X-Session-Id"
"""By which Ray Serve and others send the requests of a session to one replica."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for a server, in seconds without a byte."""

    connect: float = 10
    prefill: float = 120
    """While it reads the prompt, and for any other response."""
    decode: float = 60
    """Between two chunks of its reply."""


class ModelServerClient:
    """A client of one server. Every method raises EngineStopped where the server cannot be reached
    or the connection breaks, and EngineSilent where nothing arrives in time.
    """

    def __init__(self, address: str, key: str | None, timeouts: Timeouts) -> None:
        """Connect on first use. Raises InputRefused where `address` is not valid."""
        self.root = server_root(address)
        self.key = key
        self._timeouts = timeouts
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def request_json(self, path: str, document: Any = None) -> Any:
        """Return the JSON response to a GET, or to a POST of `document`.

        Raises GeneratorError where the server refuses the request or the response is no JSON.
        """
        response = await self.send(path, document)
        try:
            if response.status_code != httpx.codes.OK:
                raise await self.error_of(response)
            return json.loads(await self.read(response))
        except (ValueError, RecursionError) as error:
            raise GeneratorError(
                f"{self.root}{path} answered with something that is no JSON. Is the address right?"
            ) from error
        finally:
            await response.aclose()

    async def send(self, path: str, document: Any, *, session: str = "") -> httpx.Response:
        """Return the response with its body unread; the caller closes it."""
        method = "GET" if document is None else "POST"
        content = None if document is None else json.dumps(document).encode()
        headers = {SESSION_HEADER: session} if session else {}
        request = self._open_client().build_request(
            method, self.root + path, content=content, headers=headers
        )
        async with self._explain_errors(self._timeouts.prefill):
            return await self._open_client().send(request, stream=True)

    async def read_chunk(self, chunks: AsyncIterator[bytes], *, is_decoding: bool) -> bytes:
        """Return the next bytes of a stream, empty at its end."""
        seconds = self._timeouts.decode if is_decoding else self._timeouts.prefill
        async with self._explain_errors(seconds):
            return await anext(chunks, b"")

    def document_reader(self, response: httpx.Response) -> EventReader | BodyReader:
        """Return the reader of a completion's body: a stream, or one document where the server
        does not stream. Raises GeneratorError where it is neither.
        """
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":  # a sign-in page, or an ordinary web server
            raise GeneratorError(
                f"{self.root} answered with a web page, so it is no model server, or it wants a "
                "sign-in first. Open the address in a browser to see the page."
            )
        return BodyReader() if kind == "application/json" else EventReader()

    async def error_of(self, response: httpx.Response, model: str = "") -> GeneratorError:
        """Return the error for a response with a status other than 200."""
        return error_from_response(
            response.status_code,
            response.headers,
            await self.read(response),
            server=self.root,
            model=model,
            key=self.key,
        )

    async def read(self, response: httpx.Response) -> bytes:
        """Return the body of a response, cut where it is too long."""
        body = bytearray()
        async with self._explain_errors(self._timeouts.prefill):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MAX_RESPONSE_BYTES:
                    break
        return bytes(body)

    @asynccontextmanager
    async def _explain_errors(self, seconds: float) -> AsyncGenerator[None, None]:
        """Turn the errors of a connection, and a delay of `seconds`, into EngineStopped."""
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

    def _open_client(self) -> httpx.AsyncClient:
        if self._client is None:
            headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
            if self.key:
                headers["Authorization"] = f"Bearer {self.key}"
            is_local = is_loopback(self.root)
            self._client = httpx.AsyncClient(
                headers=headers,
                timeout=httpx.Timeout(None, connect=self._timeouts.connect),
                limits=_NO_KEEPALIVE,
                follow_redirects=False,  # a key must not travel on to another host
                trust_env=not is_local,  # no proxy between Grue and this machine
                # without TLS the certificates of authorities need not be read, which takes 25 ms
                verify=not is_local or self.root.startswith("https:"),
            )
        return self._client
