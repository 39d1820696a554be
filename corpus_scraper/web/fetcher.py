"""Provides Fetcher: one request, one answer, safely.

Addresses are checked and pinned, bodies capped while they stream, and everything has to come within
a time; no redirect is followed, no cookie is kept. Knows nothing of robots.txt, of pace, or of what
a page says.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

import httpx

from corpus_scraper.web.errors import PagePostponed, PageRefused
from corpus_scraper.web.url_validation import Endpoint, Resolve, endpoint, look_up, pin

Form = tuple[tuple[str, str], ...]
"""The fields of a form, in the order of the page."""

_GZIP = 16 + zlib.MAX_WBITS
_ONE_USE = httpx.Limits(max_connections=1, max_keepalive_connections=0)
"""A connection a request: two hosts at one address never share one."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What an answer may take at most."""

    body_bytes: int = 8 * 1024 * 1024
    """After decompression."""
    seconds: float = 60
    """From the look-up of the name to the last byte."""


@dataclass(frozen=True, slots=True)
class FetchedResponse:
    """What a host said to one request."""

    url: str
    """What was asked for, without a fragment."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    """Decompressed."""


class Fetcher:
    """A client for one request at a time; a context manager."""

    def __init__(
        self,
        agent: str,
        *,
        allow_localhost: bool = False,
        caps: FetchLimits | None = None,
        resolve: Resolve = look_up,
    ) -> None:
        """`agent` is sent as the User-Agent. Only loopback is ever allowed beside the internet."""
        self._agent = agent
        self._allow_localhost = allow_localhost
        self._caps = caps or FetchLimits()
        self._resolve = resolve
        self._loop = asyncio.Runner()
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=_ONE_USE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._loop as loop:
            loop.run(self._transport.aclose())

    def ask(self, url: str, form: Form | None = None) -> FetchedResponse:
        """Return the answer to a GET of `url`, or to a POST of `form`.

        Raises Refused where the address or the answer is not to be trusted, Postponed where the
        host cannot be reached, breaks off or is too slow.
        """
        place = endpoint(url)
        try:
            return self._loop.run(self._in_time(place, form))
        except TimeoutError as error:
            raise PagePostponed("the host is too slow") from error
        except httpx.TransportError as error:
            raise PagePostponed("the connection failed") from error
        except httpx.InvalidURL as error:
            raise PageRefused("the address cannot be understood") from error

    async def _in_time(self, place: Endpoint, form: Form | None) -> FetchedResponse:
        async with asyncio.timeout(self._caps.seconds):
            address = await pin(place, self._resolve, allow_localhost=self._allow_localhost)
            request = self._request(place, address, form)
            response = await self._transport.handle_async_request(request)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        return FetchedResponse(place.url, response.status_code, dict(response.headers), body)

    def _request(self, place: Endpoint, address: str, form: Form | None) -> httpx.Request:
        """Return a request to `address` that names the host it means, for HTTP and for TLS."""
        bracketed = f"[{address}]" if ":" in address else address
        headers = {
            "Host": place.authority,
            "User-Agent": self._agent,
            "Accept": "text/html, application/xhtml+xml, text/plain;q=0.5",
            "Accept-Encoding": "gzip",
        }
        content = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(form).encode("ascii")
        return httpx.Request(
            "GET" if form is None else "POST",
            f"{place.scheme}://{bracketed}:{place.port}{place.target}",
            headers=headers,
            content=content,
            extensions={"sni_hostname": place.host, "timeout": self._patience()},
        )

    def _patience(self) -> dict[str, float]:
        return dict.fromkeys(("connect", "read", "write", "pool"), self._caps.seconds)

    async def _body(self, response: httpx.Response) -> bytes:
        told = response.headers.get("content-length", "")
        if told.isdigit() and int(told) > self._caps.body_bytes:
            raise PageRefused("the page is larger than any story page")
        match response.headers.get("content-encoding", "").strip().lower():
            case "" | "identity":
                return await self._plain(response.aiter_raw())
            case "gzip" | "x-gzip":
                return await self._unzipped(response.aiter_raw())
        raise PageRefused("the answer is in an encoding that was not asked for")

    async def _plain(self, chunks: AsyncIterator[bytes]) -> bytes:
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            self._check_size(body)
        return bytes(body)

    async def _unzipped(self, chunks: AsyncIterator[bytes]) -> bytes:
        """Return the body; never more than the cap is decompressed, however small the bomb."""
        body, stream = bytearray(), zlib.decompressobj(_GZIP)
        try:
            async for chunk in chunks:
                body += stream.decompress(chunk, self._caps.body_bytes + 1 - len(body))
                self._check_size(body)
        except zlib.error as error:
            raise PageRefused("the answer cannot be decompressed") from error
        if body and not stream.eof:
            raise PagePostponed("the answer was cut short")
        return bytes(body)

    def _check_size(self, body: bytearray) -> None:
        if len(body) > self._caps.body_bytes:
            raise PageRefused("the page is larger than any story page")
