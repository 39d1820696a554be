"""Validate a URL before it is fetched: http(s), short, and a public host.

A host is resolved once. All of its addresses must be global, and the connection goes to the first
of them, so that a second look-up cannot lead elsewhere (DNS rebinding).
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from corpus_scraper.web.errors import HostUnknown, PageRefused

MAX_URL = 2_000
"""Characters; no story page has a longer URL."""

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
"""A name or an IPv6 address; IDNA encoding may introduce characters the name did not have."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Maps a host and a port to all of its IP addresses."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A validated URL, split into its parts."""

    scheme: str
    host: str
    """In lower case, IDNA-encoded."""
    port: int
    target: str
    """Path and query, as in the request line."""

    @property
    def authority(self) -> str:
        """The host, with its port unless that is the scheme's own: a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """What a robots.txt and a rate limit apply to: `https://example.org`."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The URL without a fragment."""
        return self.origin + self.target


def parse_url(url: str) -> Endpoint:
    """Return the parts of `url`. Raises PageRefused where it must not be fetched."""
    if len(url) > MAX_URL:
        raise PageRefused(f"the address is longer than {MAX_URL} characters")
    if any(character <= " " or character == "\x7f" for character in url):
        raise PageRefused("the address contains spaces or control characters")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise PageRefused("the address is malformed") from error
    if parts.scheme not in _PORTS:
        raise PageRefused("the address is neither http nor https")
    if any(unquote(segment) in (".", "..") for segment in parts.path.split("/")):
        raise PageRefused("the address contains . or .. segments")
    if parts.username is not None or parts.password is not None:
        raise PageRefused("the address contains a user name or password")
    if not _HOST.fullmatch(host):
        raise PageRefused("the address has no host")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, host, port, target)


def is_loopback_host(host: str) -> bool:
    """Return whether a URL's host is `localhost` or a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of `host`. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def pin_address(
    endpoint: Endpoint, resolve: Resolve = resolve_host, *, allow_localhost: bool = False
) -> str:
    """Return the one IP address to connect to for `endpoint`.

    Raises PageRefused where any of its addresses is not global (or, with `allow_localhost`, a
    loopback address), HostUnknown where its host cannot be resolved.
    """
    found = await _addresses(endpoint, resolve)
    if not found:
        raise HostUnknown
    for address in found:
        is_public = address.is_global and not address.is_multicast
        if not is_public and not (allow_localhost and address.is_loopback):
            raise PageRefused("the address is not on the public internet")
    return str(found[0])


async def _addresses(endpoint: Endpoint, resolve: Resolve) -> list[_Address]:
    try:
        return [_unwrap(ipaddress.ip_address(endpoint.host))]
    except ValueError:
        pass
    try:
        found = await resolve(endpoint.host, endpoint.port)
        return [_unwrap(ipaddress.ip_address(address.partition("%")[0])) for address in found]
    except (OSError, ValueError, UnicodeError) as error:
        raise HostUnknown from error


def _unwrap(address: _Address) -> _Address:
    """Return the IPv4 address embedded in an IPv6 one, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
