"""Provides ModelServer: an OpenAI-compatible server on loopback that behaves as a test says.

Knows nothing of Grue: it speaks the interface, or breaks it.
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

Behaviour = Callable[["Exchange"], None]
"""Answers one request for a completion."""


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer."""

    server: "_Listener"

    def do_GET(self) -> None:
        """Say which models there are."""
        self.answer(200, json.dumps({"data": self.server.models}).encode())

    def do_POST(self) -> None:
        """Let the test's behaviour answer."""
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        self.server.behaviour(self)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        """Send the head of an event stream; the end of the connection will be its end."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def piece(self, text: str, finish: str | None = None) -> None:
        """Send the next piece of the text."""
        choice = {"index": 0, "text": text, "finish_reason": finish}
        self.event(json.dumps({"object": "text_completion", "choices": [choice]}).encode())

    def event(self, data: bytes) -> None:
        """Send one event of the stream."""
        self.wfile.write(b"data: " + data + b"\n\n")
        self.wfile.flush()

    def wait_for_the_end(self) -> None:
        """Say nothing until the client has hung up or the server closes."""
        self.connection.settimeout(0.1)
        while not self.server.closing.is_set():
            try:
                if not self.connection.recv(1):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def log_message(self, *args: Any) -> None:
        """Keep standard error clean."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    behaviour: Behaviour
    models: list[Mapping[str, Any]]
    closing: threading.Event

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is what some tests are about."""


class ModelServer:
    """A server for the length of a block; `behaviour` may be replaced between requests."""

    def __init__(self, behaviour: Behaviour, *, name: str = "a-model") -> None:
        self._listener = _Listener(("127.0.0.1", 0), Exchange)
        self._listener.behaviour = behaviour
        self._listener.models = [{"id": name, "object": "model", "owned_by": "test"}]
        self._listener.closing = threading.Event()
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.05,))

    @property
    def address(self) -> str:
        """What `--model` takes."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def behave(self, behaviour: Behaviour) -> None:
        """Answer from now on like this."""
        self._listener.behaviour = behaviour

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._listener.closing.set()
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()


# Ways to answer.


def tells(text: str) -> Behaviour:
    """Return the behaviour of a server that writes `text`, word by word."""

    def behave(exchange: Exchange) -> None:
        exchange.begin_stream()
        for word in text.split(" "):
            exchange.piece(word + " ")
        exchange.piece("", finish="stop")
        exchange.event(b"[DONE]")

    return behave


def refuses(status: int, remark: str = "") -> Behaviour:
    """Return the behaviour of a server that answers with an error."""
    body = json.dumps({"error": {"message": remark or "no"}}).encode()
    return lambda exchange: exchange.answer(status, body)


def babbles(exchange: Exchange) -> None:
    """Send what is no event of any interface."""
    exchange.begin_stream()
    exchange.event(b"{{{ not json \xff\xfe")


def drops(exchange: Exchange) -> None:
    """Hang up in the middle of a sentence."""
    exchange.begin_stream()
    exchange.piece("The lamp gutters and")
    exchange.wfile.flush()


def hangs(exchange: Exchange) -> None:
    """Say a sentence and a few words, and nothing more."""
    exchange.begin_stream()
    for word in "The lamp gutters. Then something moves in the ".split(" "):
        exchange.piece(word + " ")
    exchange.wait_for_the_end()
