"""Send one request and receive one response, safely.

URLs are validated and their addresses pinned, bodies are limited while they stream, and a deadline
covers everything. Redirects are not followed and cookies not stored.
"""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

import httpx

from corpus_scraper.web.errors import PagePostponed, PageRefused
from corpus_scraper.web.url_validation import (
    Endpoint,
    Resolve,
    parse_url,
    pin_address,
    resolve_host,
)

Form = tuple[tuple[str, str], ...]
"""Names and values of the fields of a form, in the order of the page."""

_GZIP = 16 + zlib.MAX_WBITS
_NO_REUSE = httpx.Limits(max_connections=1, max_keepalive_connections=0)
"""One connection per request: two hosts at one address never share one."""


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits on one response."""

    body_bytes: int = 8 * 1024 * 1024
    """After decompression."""
    seconds: float = 60
    """From resolving the host to the last byte."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response, with its body decompressed."""

    url: str
    """The URL of the request, without a fragment."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


class Fetcher:
    """A client for one request at a time; a context manager."""

    def __init__(
        self,
        user_agent: str,
        *,
        allow_localhost: bool = False,
        limits: FetchLimits | None = None,
        resolve: Resolve = resolve_host,
    ) -> None:
        """With `allow_localhost`, loopback addresses are allowed besides public ones."""
        self._user_agent = user_agent
        self._allow_localhost = allow_localhost
        self._limits = limits or FetchLimits()
        self._resolve = resolve
        self._loop = asyncio.Runner()
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=_NO_REUSE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._loop as loop:
            loop.run(self._transport.aclose())

    def fetch(self, url: str, form: Form | None = None) -> Response:
        """Return the response to a GET of `url`, or to a POST of `form`.

        Raises PageRefused where the URL or the response is not acceptable, PagePostponed where
        the host cannot be reached, is too slow or ends the connection early.
        """
        endpoint = parse_url(url)
        try:
            return self._loop.run(self._fetch(endpoint, form))
        except TimeoutError as error:
            raise PagePostponed("the host is too slow") from error
        except httpx.TransportError as error:
            raise PagePostponed("the connection failed") from error
        except httpx.InvalidURL as error:
            raise PageRefused("the address is malformed") from error

    async def _fetch(self, endpoint: Endpoint, form: Form | None) -> Response:
        async with asyncio.timeout(self._limits.seconds):
            address = await pin_address(
                endpoint, self._resolve, allow_localhost=self._allow_localhost
            )
            request = self._request(endpoint, address, form)
            response = await self._transport.handle_async_request(request)
            try:
                body = await self._body(response)
            finally:
                await response.aclose()
        return Response(endpoint.url, response.status_code, dict(response.headers), body)

    def _request(self, endpoint: Endpoint, address: str, form: Form | None) -> httpx.Request:
        """Return a request to `address` that names the host it means, for HTTP and for TLS."""
        bracketed = f"[{address}]" if ":" in address else address
        headers = {
            "Host": endpoint.authority,
            "User-Agent": self._user_agent,
            "Accept": "text/html, application/xhtml+xml, text/plain;q=0.5",
            "Accept-Encoding": "gzip",
        }
        content = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            content = urlencode(form).encode("ascii")
        timeout = httpx.Timeout(self._limits.seconds).as_dict()
        return httpx.Request(
            "GET" if form is None else "POST",
            f"{endpoint.scheme}://{bracketed}:{endpoint.port}{endpoint.target}",
            headers=headers,
            content=content,
            extensions={"sni_hostname": endpoint.host, "timeout": timeout},
        )

    async def _body(self, response: httpx.Response) -> bytes:
        declared = response.headers.get("content-length", "")
        if declared.isdecimal():
            self._check_size(int(declared[:18]))
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip"):
            raise PageRefused("the response has an encoding that was not requested")
        stream = zlib.decompressobj(_GZIP) if "gzip" in encoding else None
        body = bytearray()
        try:
            async for chunk in response.aiter_raw():
                # At most a byte more than the limit is decompressed, however small the gzip bomb.
                rest = self._limits.body_bytes + 1 - len(body)
                body += stream.decompress(chunk, rest) if stream else chunk
                self._check_size(len(body))
        except zlib.error as error:
            raise PageRefused("the response cannot be decompressed") from error
        if stream and body and not stream.eof:
            raise PagePostponed("the response is incomplete")
        return bytes(body)

    def _check_size(self, size: int) -> None:
        if size > self._limits.body_bytes:
            raise PageRefused("the page is larger than any story page")
