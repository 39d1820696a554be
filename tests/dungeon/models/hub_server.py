"""A local server that behaves like the Hugging Face hub, as far as downloads need it.

The hub answers an address of a file with a redirect to a second server of another address, which
knows ranges and validators. A script says how single requests to the second server go wrong.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """How one response differs from a good one."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = -1
    """Bytes of the body that are sent before the connection breaks."""
    no_length: bool = False
    """Whether neither Content-Length nor the hub's own header states the size."""
    ignore_range: bool = False
    body: bytes = b""


class FakeHub:
    """Two servers and the file that they give."""

    def __init__(self, content: bytes, faults: list[Fault]) -> None:
        self.content = content
        self.etag = '"first"'
        self.faults = faults
        """Taken one for each request to the second server; good responses follow."""
        self.refuse = 0
        """The status with which the hub itself refuses; 0 for none."""
        self.says_size = True
        self.requests: list[tuple[str, dict[str, str]]] = []
        """Path and headers of every request to either server."""
        self.hub, self.files = _server(self._answer_hub), _server(self._answer_file)
        self.address = f"http://127.0.0.1:{self.hub.server_port}"

    @property
    def ranges(self) -> list[str]:
        """What the requests to the second server asked for."""
        return [headers.get("Range", "") for path, headers in self.requests if "/cdn/" in path]

    def _answer_hub(self, request: BaseHTTPRequestHandler) -> None:
        if self.refuse:
            _send(request, self.refuse, {"Content-Length": "0"}, b"")
            return
        target = f"http://localhost:{self.files.server_port}/cdn/file?signed={len(self.requests)}"
        size = {"X-Linked-Size": str(len(self.content))} if self.says_size else {}
        _send(request, 302, {"Location": target, "Content-Length": "0", **size}, b"")

    def _answer_file(self, request: BaseHTTPRequestHandler) -> None:
        fault = self.faults.pop(0) if self.faults else Fault()
        if fault.status:
            _send(request, fault.status, {"Content-Length": "0", **fault.headers}, b"")
            return
        content, start = fault.body or self.content, 0
        headers = {"ETag": self.etag, **fault.headers}
        asked = request.headers.get("Range", "")
        is_same = request.headers.get("If-Range") in (None, self.etag)
        if asked and is_same and not fault.ignore_range:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                total = {"Content-Range": f"bytes */{len(content)}", "Content-Length": "0"}
                _send(request, 416, total, b"")
                return
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        if not fault.no_length:
            headers["Content-Length"] = str(len(body))
        _send(
            request, 206 if start else 200, headers, body[: fault.cut] if fault.cut >= 0 else body
        )


@contextmanager
def fake_hub(content: bytes, *faults: Fault) -> Iterator[FakeHub]:
    """Run both servers."""
    hub = FakeHub(content, list(faults))
    for server in (hub.hub, hub.files):
        server.seen = hub.requests  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield hub
    finally:
        for server in (hub.hub, hub.files):
            server.shutdown()
            server.server_close()


def _server(answer: Any) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.server.seen.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
            answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def _send(
    request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes
) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
    request.close_connection = True
