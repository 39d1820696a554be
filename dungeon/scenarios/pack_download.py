"""Download a pack of scenarios from the web."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import httpx

from dungeon.errors import InputRefused
from dungeon.scenarios.packs import MAX_BYTES, Pack, pack_from_bytes
from dungeon.text import clean_line

_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_MAX_REDIRECTS = 5


def download_pack(url: str, *, transport: httpx.BaseTransport | None = None) -> Pack:
    """Return the pack at `url`; `transport` stands in for the network. Raises InputRefused."""
    shown = clean_line(url)[:200]
    try:
        data = _fetch(url, shown, transport)
        name = PurePosixPath(unquote(urlsplit(url).path)).stem
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        reason = clean_line(str(error))[:200] or type(error).__name__
        raise InputRefused(f"{shown} could not be downloaded: {reason}") from error
    return pack_from_bytes(data, name=name, source=shown)


def _fetch(url: str, shown: str, transport: httpx.BaseTransport | None) -> bytes:
    """Return what `url` sends, up to the limit, redirects followed."""
    headers = {"Accept-Encoding": "identity"}  # so that the limit holds for what is received
    client = httpx.Client(
        timeout=_TIMEOUT,
        transport=transport,
        follow_redirects=True,
        max_redirects=_MAX_REDIRECTS,
        headers=headers,
    )
    with client, client.stream("GET", url) as response:
        _check(response, shown)
        data = bytearray()
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > MAX_BYTES:
                raise InputRefused(
                    f"{shown} sends more than {MAX_BYTES // 2**20} MiB, which is too large for a "
                    "pack. Nothing was installed."
                )
        return bytes(data)


def _check(response: httpx.Response, shown: str) -> None:
    hops = [*response.history, response]
    schemes = [each.url.scheme for each in hops]
    if "https" in schemes and "http" in schemes[schemes.index("https") :]:
        raise InputRefused(f"{shown} redirects to an address that is not encrypted.")
    if response.status_code != httpx.codes.OK:
        raise InputRefused(
            f"{shown} answered with the status {response.status_code}. Check the address."
        )
    if response.headers.get("content-encoding", "identity") != "identity":
        raise InputRefused(f"{shown} sends a compressed stream, of which no size is known.")
    if response.headers.get("content-type", "").startswith("text/html"):
        raise InputRefused(
            f"{shown} is a web page, not a pack. Use the address of the file itself."
        )
