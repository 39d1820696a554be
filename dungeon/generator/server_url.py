"""Validate the URL of a model server given with `--model`, and find the API key for it."""

from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes

_ENDINGS = ("/completions", "/chat", "/v1")
"""Parts of a URL that users copy from manuals; the client adds its own."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def server_root(address: str) -> str:
    """Return the root of a server: `http://host:port`, with or without a path, without `/v1`.

    Raises InputRefused where `address` is no http(s) URL, or contains a password.
    """
    parts = _split(address)
    path = parts.path.rstrip("/")
    for ending in _ENDINGS:
        path = path.removesuffix(ending).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_loopback(address: str) -> bool:
    """Whether the server is on this machine."""
    return _split(address).hostname in _LOOPBACK


def api_key_for(address: str, environment: Mapping[str, str]) -> str | None:
    """Return the API key for the server at `address`, or None.

    `GRUE_API_KEY` is sent to any server. `OPENAI_API_KEY`, which other programs use too, is sent
    only where nobody on the way can read it: over https, or to this machine.
    """
    own = environment.get("GRUE_API_KEY")
    if own:
        return own
    private = _split(address).scheme == "https" or is_loopback(address)
    return environment.get("OPENAI_API_KEY") or None if private else None


def _split(address: str) -> SplitResult:
    shown = clean_line(address.rpartition("@")[2])
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError as error:
        raise InputRefused(
            f"{in_quotes(shown, 200)} is no address of a model server: {error}."
        ) from error
    if not known or shown != address.rpartition("@")[2] or " " in shown:
        raise InputRefused(
            f"{in_quotes(shown, 200)} is no address of a model server. Write it as http://host:port."
        )
    if parts.username or parts.password:
        raise InputRefused(
            "An address must not contain a key, where others can read it. Set GRUE_API_KEY instead."
        )
    return parts
