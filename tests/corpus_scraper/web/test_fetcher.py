"""Fetching: one request, one response, and no response does harm."""

import gzip
import itertools
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from corpus_scraper.web.errors import PageError, PagePostponed, PageRefused
from corpus_scraper.web.fetcher import Fetcher, FetchLimits
from tests.patience import HUNG

LIMITS = FetchLimits(body_bytes=100_000, seconds=HUNG)
IMPATIENT = FetchLimits(body_bytes=100_000, seconds=0.1)
"""For hosts that would never finish."""

Handler = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(handle: Handler) -> Iterator[str]:
    """Serve every request with `handle` and yield the address."""

    class Exchange(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        def do_POST(self) -> None:
            handle(self)

        def log_message(self, *args: Any) -> None:
            pass

    class Listener(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    listener = Listener(("127.0.0.1", 0), Exchange)
    thread = Thread(target=listener.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_address[1]}/"
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()


def sends(body: bytes, status: int = 200, **headers: str) -> Handler:
    def handle(exchange: BaseHTTPRequestHandler) -> None:
        exchange.send_response(status)
        for name, value in headers.items():
            exchange.send_header(name.replace("_", "-"), value)
        exchange.end_headers()
        exchange.wfile.write(body)

    return handle


def fetcher(limits: FetchLimits = LIMITS, **more: Any) -> Fetcher:
    return Fetcher("Grue/1 (+a@b.example)", allow_localhost=True, limits=limits, **more)


def test_a_response_is_returned_unchanged() -> None:
    with serving(sends(b"<p>Hi", 404, X_Mood="calm")) as url, fetcher() as client:
        response = client.fetch(url + "#part")
    assert (response.url, response.status, response.body) == (url, 404, b"<p>Hi")
    assert response.headers["x-mood"] == "calm"


def test_the_user_agent_is_sent_and_no_cookie_is_kept() -> None:
    seen: list[dict[str, str]] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        seen.append(dict(exchange.headers))
        sends(b"", Set_Cookie="a=b")(exchange)

    with serving(handle) as url, fetcher() as client:
        client.fetch(url)
        client.fetch(url)
    assert seen[1]["User-Agent"] == "Grue/1 (+a@b.example)"
    assert "Cookie" not in seen[1]


def test_a_form_is_posted_in_its_order() -> None:
    seen: list[bytes] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        seen.append(exchange.rfile.read(int(exchange.headers["Content-Length"])))
        sends(exchange.command.encode())(exchange)

    with serving(handle) as url, fetcher() as client:
        response = client.fetch(url, (("b", "ä &"), ("a", ""), ("b", "2")))
    assert (response.body, seen) == (b"POST", [b"b=%C3%A4+%26&a=&b=2"])


def test_the_connection_goes_to_the_pinned_address_and_names_the_host() -> None:
    resolved: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        resolved.append(host)
        return ["127.0.0.1"]

    hosts: list[str] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        hosts.append(exchange.headers["Host"])
        sends(b"ok")(exchange)

    with serving(handle) as url, fetcher(resolve=resolve) as client:
        port = url.rpartition(":")[2].strip("/")
        assert client.fetch(f"http://stories.example:{port}/").body == b"ok"
    assert hosts == [f"stories.example:{port}"]
    assert resolved == ["stories.example"], "a second look-up could lead elsewhere"


def test_localhost_is_refused_unless_allowed() -> None:
    requests: list[str] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        requests.append(exchange.path)

    with (
        serving(handle) as url,
        Fetcher("Grue", limits=LIMITS) as client,
        pytest.raises(PageRefused),
    ):
        client.fetch(url)
    assert not requests


def test_a_redirect_is_not_followed() -> None:
    with serving(sends(b"", 302, Location="file:///etc/passwd")) as url, fetcher() as client:
        assert client.fetch(url).status == 302


def test_gzip_is_decompressed() -> None:
    body = gzip.compress(b"story " * 1_000)
    with serving(sends(body, Content_Encoding="gzip")) as url, fetcher() as client:
        assert client.fetch(url).body == b"story " * 1_000


# Hostile hosts ------------------------------------------------------------------------------------


def _drip(exchange: BaseHTTPRequestHandler) -> None:
    exchange.send_response(200)
    exchange.end_headers()
    while True:  # until the client closes the connection
        exchange.wfile.write(b".")
        exchange.wfile.flush()
        time.sleep(0.02)


def _drip_headers(exchange: BaseHTTPRequestHandler) -> None:
    exchange.wfile.write(b"HTTP/1.0 200 OK\r\n")
    for number in itertools.count():
        exchange.wfile.write(b"X-%d: a\r\n" % number)
        exchange.wfile.flush()
        time.sleep(0.02)


def _silent(exchange: BaseHTTPRequestHandler) -> None:
    exchange.connection.recv(1)  # which returns when the client closes the connection


def _endless(exchange: BaseHTTPRequestHandler) -> None:
    exchange.send_response(200)
    exchange.end_headers()
    while True:
        exchange.wfile.write(b"endless " * 1_000)


BOMB = gzip.compress(b"\0" * 50_000_000)
NESTED = gzip.compress(BOMB)

NEVER_DONE = (_drip, _drip_headers, _silent)

HOSTILE: dict[str, tuple[Handler, type[PageError]]] = {
    "a body without end": (_endless, PageRefused),
    "a huge Content-Length": (sends(b"", Content_Length=str(10**15)), PageRefused),
    "a gzip bomb": (sends(BOMB, Content_Encoding="gzip"), PageRefused),
    "broken gzip": (sends(b"\x1f\x8b\x08 nonsense", Content_Encoding="gzip"), PageRefused),
    "half a gzip": (
        sends(gzip.compress(b"a" * 9_999)[:-12], Content_Encoding="gzip"),
        PagePostponed,
    ),
    "an encoding that was not requested": (
        sends(zlib.compress(b"a"), Content_Encoding="br"),
        PageRefused,
    ),
    "two encodings": (sends(NESTED, Content_Encoding="gzip, gzip"), PageRefused),
    "a slow drip": (_drip, PagePostponed),
    "a slow drip of headers": (_drip_headers, PagePostponed),
    "silence": (_silent, PagePostponed),
    "less than Content-Length": (sends(b"half", Content_Length="400"), PagePostponed),
    "no HTTP": (lambda exchange: exchange.wfile.write(b"220 ftp ready\r\n"), PagePostponed),
    "a huge header": (sends(b"", X_Long="a" * 5_000_000), PagePostponed),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_host_is_refused_or_postponed(kind: str) -> None:
    handle, outcome = HOSTILE[kind]
    limits = IMPATIENT if handle in NEVER_DONE else LIMITS
    with serving(handle) as url, fetcher(limits) as client, pytest.raises(outcome):
        client.fetch(url)


def test_a_body_at_the_limit_is_accepted() -> None:
    body = b"a" * LIMITS.body_bytes
    with serving(sends(gzip.compress(body), Content_Encoding="gzip")) as url, fetcher() as client:
        assert client.fetch(url).body == body


def test_a_closed_port_is_postponed() -> None:
    with serving(sends(b"")) as url:
        pass
    with fetcher() as client, pytest.raises(PagePostponed):
        client.fetch(url)
