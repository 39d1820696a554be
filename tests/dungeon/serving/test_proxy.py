"""Tests of the proxy on a real port, in front of an engine that behaves as a test says."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from tests.rows import every_row

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
pytest.importorskip("prometheus_client", reason="the extra `serve` is not installed")

from dungeon.errors import EngineStopped, InputRefused
from dungeon.serving.access import RateLimit, Refusal, check_host
from dungeon.serving.error_document import error_document
from dungeon.serving.listening import listen
from dungeon.serving.location import Location
from dungeon.serving.proxy import ProxySettings
from dungeon.serving.server import ServerSettings, run

TOKEN = "a-secret-token"
KEY = {"Authorization": f"Bearer {TOKEN}"}
PIECES = [
    b'data: {"prompt_progress": {"cache": 7, "total": 10}, "choices": [{"text": "The"}]}\n\n',
    b'data: {"choices": [{"text": " mill"}]}\n\n',
    b'data: {"choices": [], "timings": {"cache_n": 7, "prompt_n": 3, "predicted_n": 2}}\n\n',
    b"data: [DONE]\n\n",
]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class FakeEngine:
    """An engine on loopback. It sends the pieces of a stream, the last ones when `go_on` is set."""

    def __init__(self) -> None:
        self.requests: list[bytes] = []
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.hung_up = asyncio.Event()
        self.breaks = False
        self.is_down = False
        self.address = ""

    async def locate(self) -> Location:
        if self.is_down:
            raise EngineStopped("The engine has stopped.")
        return Location(self.address, "engine-key")

    async def close(self) -> None:
        """Nothing to end."""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line[15:])
                for line in head.split(b"\r\n")
                if line.lower()[:15] == b"content-length:"
            ),
            0,
        )
        self.requests.append(head + await reader.readexactly(length))
        writer.write(HEAD)
        for place, piece in enumerate(PIECES):
            if place == 1:
                await self._wait(reader)
                if self.breaks:
                    break
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        else:
            writer.write(b"0\r\n\r\n")
        writer.close()

    async def _wait(self, reader: asyncio.StreamReader) -> None:
        going, ending = (
            asyncio.ensure_future(self.go_on.wait()),
            asyncio.ensure_future(reader.read()),
        )
        await asyncio.wait((going, ending), return_when=asyncio.FIRST_COMPLETED)
        if not going.done():
            self.hung_up.set()
        for task in (going, ending):
            task.cancel()


@asynccontextmanager
async def serving(engine: FakeEngine, **settings) -> AsyncIterator[httpx.AsyncClient]:
    upstream = await asyncio.start_server(engine.answer, "127.0.0.1", 0)
    engine.address = f"http://127.0.0.1:{upstream.sockets[0].getsockname()[1]}"
    listener = listen("127.0.0.1", 0)
    ready = asyncio.Event()
    wanted = ServerSettings(ProxySettings((TOKEN,), **settings), grace_seconds=20)
    server = asyncio.ensure_future(run(listener, engine, wanted, ready.set))
    async with upstream:
        await ready.wait()
        place = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(base_url=place, trust_env=False) as client:
            yield client
        engine.go_on.set()
        if not server.done():
            os.kill(os.getpid(), signal.SIGTERM)
        await server


async def test_what_is_refused() -> None:
    async with serving(engine := FakeEngine(), max_body_bytes=100) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}

        async def refused(method: str, path: str, **options) -> int:
            answer = await client.request(method, path, **options)
            error = answer.json()["error"]
            assert answer.json() == error_document(answer.status_code, error["message"])
            is_unknown = answer.status_code == 401
            assert answer.headers.get("www-authenticate") == ("Bearer" if is_unknown else None)
            assert "access-control-allow-origin" not in answer.headers
            return answer.status_code

        wrong = {"Authorization": "Bearer wrong"}
        assert await refused("GET", "/v1/models") == 401
        assert await refused("GET", "/metrics", headers=wrong) == 401
        assert await refused("POST", "/v1/completions", headers=wrong) == 401
        assert await refused("GET", "/health", headers={"Host": "evil.example"}) == 421
        assert await refused("GET", "/slots", headers=KEY) == 404
        assert await refused("GET", "/v1/completions", headers=KEY) == 405
        assert await refused("POST", "/tokenize", headers=KEY, content=b"x" * 101) == 413

        async def endless():
            for _ in range(11):
                yield b"x" * 10

        assert await refused("POST", "/tokenize", headers=KEY, content=endless()) == 413
        engine.is_down = True
        assert await refused("GET", "/health") == 503
        assert await refused("POST", "/v1/completions", headers=KEY) == 503
    assert not engine.requests


async def test_a_stream_is_passed_through_and_measured() -> None:
    async with serving(engine := FakeEngine(), requests_per_minute=1) as client:
        sent = {"prompt": "You row.", "id_slot": 3}
        answer = await client.post("/v1/completions", headers=KEY, json=sent)
        assert answer.content == b"".join(PIECES)
        assert answer.headers["content-type"] == "text/event-stream"
        (request,) = engine.requests
        assert b"Bearer engine-key" in request
        assert TOKEN.encode() not in request
        assert json.loads(request.partition(b"\r\n\r\n")[2]) == {"prompt": "You row."}

        second = await client.post("/v1/completions", headers=KEY, json={})
        assert (second.status_code, second.headers["retry-after"]) == (429, "60")
        assert second.json()["error"]["code"] == "rate_limit_exceeded"

        metrics = (await client.get("/metrics", headers=KEY)).text.splitlines()
    for line in (
        "grue_time_to_first_token_seconds_count 1.0",
        "grue_inter_token_latency_seconds_count 1.0",
        "grue_prefix_cache_hits_total 7.0",
        "grue_prefix_cache_queries_total 10.0",
        "grue_generation_tokens_total 2.0",
        'grue_responses_total{status="429"} 1.0',
        "grue_requests_running 0.0",
    ):
        assert line in metrics


async def test_an_engine_that_dies_ends_the_stream_with_an_error() -> None:
    engine = FakeEngine()
    engine.breaks = True
    async with serving(engine) as client:
        answer = await client.post("/v1/completions", headers=KEY, json={})
        first, last = answer.content.split(b"\n\n")[:2]
        assert first + b"\n\n" == PIECES[0]
        assert json.loads(last.removeprefix(b"data: "))["error"]["type"] == "server_error"
        assert b"[DONE]" not in answer.content


async def test_hanging_up_ends_the_request_to_the_engine() -> None:
    engine = FakeEngine()
    engine.go_on.clear()
    async with serving(engine) as client:
        async with client.stream("POST", "/v1/completions", headers=KEY, json={}) as answer:
            assert await anext(answer.aiter_raw()) == PIECES[0]
        await asyncio.wait_for(engine.hung_up.wait(), 10)
        metrics = (await client.get("/metrics", headers=KEY)).text
        assert "grue_prefix_cache_hits_total 7.0" in metrics  # counted without the engine's own end


async def test_sigterm_lets_a_reply_finish() -> None:
    engine = FakeEngine()
    engine.go_on.clear()
    async with (
        serving(engine) as client,
        client.stream("POST", "/v1/completions", headers=KEY, json={}) as answer,
    ):
        chunks = answer.aiter_raw()
        read = await anext(chunks)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(10):
            await closing(client.base_url.port)
        engine.go_on.set()
        async for chunk in chunks:
            read += chunk
    assert read == b"".join(PIECES)


async def closing(port: int | None) -> None:
    """Wait until nobody can connect any more."""
    with suppress(ConnectionError):
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()


def test_a_port_in_use_is_a_sentence() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(InputRefused, match="--port"):
        listen("127.0.0.1", first.getsockname()[1])


@every_row("header", ["localhost", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST:1"])
def test_hosts_that_are_allowed(header: str) -> None:
    check_host(header, ("localhost", "127.0.0.1", "::1"))


@every_row("header", ["", "evil.example", "localhost.evil.example", "[::2]:80", "]"])
def test_hosts_that_are_refused(header: str) -> None:
    with pytest.raises(Refusal):
        check_host(header, ("localhost", "127.0.0.1", "::1"))


def test_a_rate_limit_recovers() -> None:
    now = 0.0
    limit = RateLimit(60, lambda: now)
    for _ in range(60):
        limit.check("a")
    with pytest.raises(Refusal) as refused:
        limit.check("a")
    assert refused.value.retry_after == 1
    limit.check("b")
    now = 1.0
    limit.check("a")
