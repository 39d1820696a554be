"""Fetching: one request, one answer, and nothing that a host sends can do harm."""

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

CAPS = FetchLimits(body_bytes=100_000, seconds=HUNG)
IMPATIENT = FetchLimits(body_bytes=100_000, seconds=0.1)
"""For hosts that would never come to an end."""

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


def fetcher(caps: FetchLimits = CAPS, **more: Any) -> Fetcher:
    return Fetcher("Grue/1 (+a@b.example)", allow_localhost=True, caps=caps, **more)


def test_an_answer_is_handed_on_as_it_is() -> None:
    with serving(sends(b"<p>Hi", 404, X_Mood="calm")) as url, fetcher() as ask:
        answer = ask.ask(url + "#part")
    assert (answer.url, answer.status, answer.body) == (url, 404, b"<p>Hi")
    assert answer.headers["x-mood"] == "calm"


def test_we_say_who_we_are_and_keep_no_cookie() -> None:
    seen: list[dict[str, str]] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        seen.append(dict(exchange.headers))
        sends(b"", Set_Cookie="a=b")(exchange)

    with serving(handle) as url, fetcher() as ask:
        ask.ask(url)
        ask.ask(url)
    assert seen[1]["User-Agent"] == "Grue/1 (+a@b.example)"
    assert "Cookie" not in seen[1]


def test_a_form_is_posted_in_its_order() -> None:
    seen: list[bytes] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        seen.append(exchange.rfile.read(int(exchange.headers["Content-Length"])))
        sends(exchange.command.encode())(exchange)

    with serving(handle) as url, fetcher() as ask:
        answer = ask.ask(url, (("b", "ä &"), ("a", ""), ("b", "2")))
    assert (answer.body, seen) == (b"POST", [b"b=%C3%A4+%26&a=&b=2"])


def test_the_pinned_address_is_contacted_and_the_host_is_named() -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    hosts: list[str] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        hosts.append(exchange.headers["Host"])
        sends(b"ok")(exchange)

    with serving(handle) as url, fetcher(resolve=resolve) as ask:
        port = url.rpartition(":")[2].strip("/")
        assert ask.ask(f"http://stories.example:{port}/").body == b"ok"
    assert hosts == [f"stories.example:{port}"]
    assert asked == ["stories.example"], "a second look-up could lead elsewhere"


def test_this_machine_is_refused_unless_asked_for() -> None:
    requests: list[str] = []

    def handle(exchange: BaseHTTPRequestHandler) -> None:
        requests.append(exchange.path)

    with serving(handle) as url, Fetcher("Grue", caps=CAPS) as ask, pytest.raises(PageRefused):
        ask.ask(url)
    assert not requests


def test_a_redirect_is_not_followed() -> None:
    with serving(sends(b"", 302, Location="file:///etc/passwd")) as url, fetcher() as ask:
        assert ask.ask(url).status == 302


def test_gzip_is_understood() -> None:
    body = gzip.compress(b"story " * 1_000)
    with serving(sends(body, Content_Encoding="gzip")) as url, fetcher() as ask:
        assert ask.ask(url).body == b"story " * 1_000


# What is hostile ----------------------------------------------------------------------------------


def _drip(exchange: BaseHTTPRequestHandler) -> None:
    exchange.send_response(200)
    exchange.end_headers()
    while True:  # until nobody listens any more
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
    exchange.connection.recv(1)  # which comes when nobody listens any more


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
    "a body said to be huge": (sends(b"", Content_Length=str(10**15)), PageRefused),
    "a gzip bomb": (sends(BOMB, Content_Encoding="gzip"), PageRefused),
    "broken gzip": (sends(b"\x1f\x8b\x08 nonsense", Content_Encoding="gzip"), PageRefused),
    "half a gzip": (
        sends(gzip.compress(b"a" * 9_999)[:-12], Content_Encoding="gzip"),
        PagePostponed,
    ),
    "an encoding not asked for": (sends(zlib.compress(b"a"), Content_Encoding="br"), PageRefused),
    "two encodings": (sends(NESTED, Content_Encoding="gzip, gzip"), PageRefused),
    "a slow drip": (_drip, PagePostponed),
    "a slow drip of headers": (_drip_headers, PagePostponed),
    "silence": (_silent, PagePostponed),
    "less than was said": (sends(b"half", Content_Length="400"), PagePostponed),
    "no HTTP": (lambda exchange: exchange.wfile.write(b"220 ftp ready\r\n"), PagePostponed),
    "a huge header": (sends(b"", X_Long="a" * 5_000_000), PagePostponed),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_host_is_turned_away(kind: str) -> None:
    handle, outcome = HOSTILE[kind]
    caps = IMPATIENT if handle in NEVER_DONE else CAPS
    with serving(handle) as url, fetcher(caps) as ask, pytest.raises(outcome):
        ask.ask(url)


def test_a_body_at_the_cap_is_a_page() -> None:
    body = b"a" * CAPS.body_bytes
    with serving(sends(gzip.compress(body), Content_Encoding="gzip")) as url, fetcher() as ask:
        assert ask.ask(url).body == body


def test_a_port_where_nobody_listens_is_tried_another_time() -> None:
    with serving(sends(b"")) as url:
        pass
    with fetcher() as ask, pytest.raises(PagePostponed):
        ask.ask(url)
