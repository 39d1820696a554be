"""Provides the check of every address before it is contacted: http(s), short, and on the internet.

A name is resolved once, every address it has must be global, and the first is handed on to be
connected to, so that a second look-up cannot lead elsewhere. Knows nothing of HTTP.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from corpus_scraper.web.errors import PagePostponed, PageRefused

MAX_URL = 2_000
"""Characters; no page of a story has a longer address."""

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
"""A name or an IPv6 address. Its ASCII form may hold signs that the name itself did not."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From a host's name and a port to all of its IP addresses."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked URL, taken apart."""

    scheme: str
    host: str
    """In lower case, and ASCII."""
    port: int
    target: str
    """Path and query, as the request line has them."""

    @property
    def authority(self) -> str:
        """The host, with its port unless that is the scheme's own: a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Whose robots.txt and whose pace count: `https://example.org`."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The whole address, without a fragment."""
        return self.origin + self.target


def endpoint(url: str) -> Endpoint:
    """Return the parts of `url`. Raises Refused where it is none that may be fetched."""
    if len(url) > MAX_URL:
        raise PageRefused(f"the address is longer than {MAX_URL} characters")
    if any(character <= " " or character == "\x7f" for character in url):
        raise PageRefused("the address has spaces or control characters in it")
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii").lower()
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise PageRefused("the address cannot be understood") from error
    if parts.scheme not in _PORTS:
        raise PageRefused("the address is neither http nor https")
    if any(unquote(segment) in (".", "..") for segment in parts.path.split("/")):
        raise PageRefused("the address climbs up and down its folders")
    if parts.username is not None or parts.password is not None:
        raise PageRefused("the address has a name and password in it")
    if not _HOST.fullmatch(host):
        raise PageRefused("the address has no host")
    return Endpoint(parts.scheme, host, port, _target(parts))


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def is_this_machine(host: str) -> bool:
    """Whether a URL's host names this machine itself, by its own name or a loopback address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def look_up(host: str, port: int) -> Sequence[str]:
    """Return the addresses the system knows for `host`. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


async def pin(place: Endpoint, resolve: Resolve = look_up, *, allow_localhost: bool = False) -> str:
    """Return the one IP address to connect to for `place`.

    Raises Refused where any of its addresses is not global (this machine's own do where
    `allow_localhost` is set), Postponed where its name cannot be resolved.
    """
    found = await _addresses(place, resolve)
    if not found:
        raise PagePostponed("the host's name is not known")
    for address in found:
        if not _is_global(address) and not (allow_localhost and address.is_loopback):
            raise PageRefused("the address is not on the public internet")
    return str(found[0])


async def _addresses(place: Endpoint, resolve: Resolve) -> list[_Address]:
    try:
        return [_plain(ipaddress.ip_address(place.host))]
    except ValueError:
        pass
    try:
        found = await resolve(place.host, place.port)
        return [_plain(ipaddress.ip_address(address.partition("%")[0])) for address in found]
    except (OSError, ValueError, UnicodeError) as error:
        raise PagePostponed("the host's name is not known") from error


def _plain(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 one only wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_global(address: _Address) -> bool:
    return address.is_global and not address.is_multicast
