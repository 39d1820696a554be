"""Who may send a request: the token, the Host header, the rate, each refused with a status."""

import hmac
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
"""The names of this machine for itself, always allowed in a Host header."""


class Refusal(Exception):
    """A request that is answered with `status` and a sentence."""

    def __init__(self, status: int, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        """Seconds until the client should try again; 0 says nothing about it."""


def check_host(header: str, allowed: tuple[str, ...]) -> None:
    """Refuse a request to another host name: a page in a browser can give any name the address of
    this machine (DNS rebinding), but cannot change the Host header. Raises Refusal.
    """
    name, _, end = header.strip().lower().rpartition("]")
    name = name.removeprefix("[") if name else end.partition(":")[0]
    if name not in allowed:
        raise Refusal(
            421, "This server does not answer to that host name; `--allow-host` adds one."
        )


def check_token(header: str, tokens: tuple[str, ...]) -> str:
    """Return the token of an Authorization header. Raises Refusal where it is missing or wrong."""
    scheme, _, given = header.strip().partition(" ")
    found = find_token(given.strip(), tokens)
    if scheme.lower() != "bearer" or not found:
        raise Refusal(401, "Send the server's token as `Authorization: Bearer TOKEN`.")
    return found


def find_token(given: str, tokens: tuple[str, ...]) -> str:
    """Return the one of `tokens` that was given, or an empty text."""
    found = ""
    for token in tokens:  # each is compared, so that the time says nothing
        if hmac.compare_digest(given.encode(), token.encode()):
            found = token
    return found


@dataclass(slots=True)
class RateLimit:
    """A token bucket for each API token: so many requests a minute, all of which may come at once.

    Keys are only ever valid tokens, so that strangers cannot fill the memory.
    """

    per_minute: int
    """0 is no limit."""
    now: Callable[[], float] = time.monotonic
    _buckets: dict[str, tuple[float, float]] = field(default_factory=dict)

    def check(self, token: str) -> None:
        """Count a request. Raises Refusal where `token` has sent too many."""
        if not self.per_minute:
            return
        now, rate = self.now(), self.per_minute / 60
        left, since = self._buckets.get(token, (float(self.per_minute), now))
        left = min(self.per_minute, left + (now - since) * rate)
        if left < 1:
            seconds = math.ceil((1 - left) / rate)
            self._buckets[token] = left, now
            raise Refusal(
                429,
                f"This token may send {self.per_minute} requests a minute. Try again in "
                f"{seconds} s.",
                retry_after=seconds,
            )
        self._buckets[token] = left - 1, now


def headers_of(raw: list[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Return ASGI's headers; of a repeated one the last counts."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}
