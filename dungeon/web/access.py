"""Who may see the page: the Host header, a token in the address, and the cookie it becomes."""

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from dungeon.serving.access import LOOPBACK_HOSTS, Refusal, check_host, find_token

WEBSOCKET = "/ws"

HEADERS = {
    # What the page loads comes from here alone: xterm.js needs the styles and images of its own.
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

_NO_ENTRY = "Open the address that `grue web` has printed, with its token."


@dataclass(frozen=True, slots=True)
class Door:
    """Lets those in who have the token."""

    token: str
    port: int
    hosts: tuple[str, ...] = LOOPBACK_HOSTS
    """Allowed names in the Host header, in lower case."""
    _secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    """The cookie's value: not the token, which also opens the next run of the server."""

    @property
    def cookie(self) -> str:
        """The name of the cookie: browsers keep one jar for all ports of a host."""
        return f"grue_web_{self.port}"

    @property
    def entry(self) -> str:
        """The path that lets a browser in."""
        return f"/?token={self.token}"

    def check(self, request: web.Request) -> web.StreamResponse | None:
        """Return the answer to a request with a token, None where it may go on.

        Raises Refusal.
        """
        check_host(request.headers.get("Host", ""), self.hosts)
        if request.path == "/" and "token" in request.query:
            if not find_token(request.query["token"], (self.token,)):
                raise Refusal(401, f"This token is wrong. {_NO_ENTRY}")
            return self._let_in(request)
        if not find_token(request.cookies.get(self.cookie, ""), (self._secret,)):
            raise Refusal(401, _NO_ENTRY)
        if request.path == WEBSOCKET:
            _check_origin(request)
        return None

    def _let_in(self, request: web.Request) -> web.Response:
        """Give the cookie, and lead to the address without the token: histories keep addresses."""
        response = web.Response(status=303, headers={"Location": "/"})
        is_encrypted = request.headers.get("X-Forwarded-Proto") == "https"
        response.set_cookie(
            self.cookie, self._secret, httponly=True, samesite="Strict", secure=is_encrypted
        )
        return response

    def middleware(self) -> Middleware:
        """Return the check as a middleware of aiohttp."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return self.check(request) or await handler(request)
            except Refusal as refusal:
                return web.Response(status=refusal.status, text=f"{refusal}\n")

        return check


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add the headers of every response, errors included."""
    response.headers.update(HEADERS)


def _check_origin(request: web.Request) -> None:
    """Refuse a connection that a page from elsewhere opens: it would carry the cookie, too, where
    it comes from another port of this machine. Raises Refusal.
    """
    if urlsplit(request.headers.get("Origin", "")).netloc.lower() != request.host.lower():
        raise Refusal(403, "Only the page of this server may open a game.")
