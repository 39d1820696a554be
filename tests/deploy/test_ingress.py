"""Tests of the ingress on replicas that answer and fail as a test says; no Ray is started."""

import json

import httpx
import pytest

pytest.importorskip("ray.serve", reason="the extra `deploy` is not installed")

from ray.exceptions import RayError
from starlette.requests import Request

from deploy.ingress import Ingress
from deploy.settings import DeploySettings
from dungeon.errors import InputRefused

TOKEN = "a-secret-token"
KEY = {"authorization": f"Bearer {TOKEN}", "host": "127.0.0.1"}
STREAM = [b'{"status": 200, "type": "text/event-stream"}', b"data: 1\n\n", b"data: [DONE]\n\n"]


class Replicas:
    """A handle whose calls are answered in turn, with chunks or with an error between them."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.sessions = []
        self.stream = self

    def options(self, **options):
        if "session_id" in options:
            self.sessions.append(options["session_id"])
        return self

    def remote(self, request):
        self.asked.append(request)
        return self._chunks(self.answers.pop(0))

    async def _chunks(self, answer):
        for each in answer:
            if isinstance(each, Exception):
                raise each
            yield each


def ingress(replicas, monkeypatch, **settings):
    monkeypatch.setenv("GRUE_SERVE_TOKEN", f"another-token {TOKEN}")
    return Ingress(DeploySettings(**settings), replicas)


async def ask(application, path="/v1/completions", headers=KEY, body=b"{}", method="POST"):
    """Return the status and the body of the answer."""

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "query_string": b""}
    answer = await application(Request(scope, receive))
    if not hasattr(answer, "body_iterator"):
        return answer.status_code, answer.body
    return answer.status_code, b"".join([chunk async for chunk in answer.body_iterator])


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (401, {"headers": {"host": "127.0.0.1"}}),
        (421, {"headers": KEY | {"host": "evil.example"}}),
        (404, {"path": "/slots"}),
        (405, {"method": "GET"}),
        (413, {"body": b"x" * (1 << 20) + b"x"}),
    ],
)
async def test_what_is_refused(monkeypatch, status, request_) -> None:
    replicas = Replicas()
    told, body = await ask(ingress(replicas, monkeypatch), **request_)
    assert (told, json.loads(body)["error"]["code"]) == (status, status)
    assert not replicas.asked


async def test_a_rate_limit(monkeypatch) -> None:
    application = ingress(Replicas(STREAM), monkeypatch, requests_per_minute=1)
    assert (await ask(application))[0] == 200
    assert (await ask(application))[0] == 429


async def test_a_stream_goes_to_the_replica_of_its_session_without_the_slot_of_another_player(
    monkeypatch,
) -> None:
    replicas = Replicas(STREAM)
    body = json.dumps({"prompt": "You row.", "id_slot": 1}).encode()
    headers = KEY | {"x-session-id": "one"}
    status, told = await ask(ingress(replicas, monkeypatch), headers=headers, body=body)
    assert (status, told) == (200, b"".join(STREAM[1:]))
    (request,) = replicas.asked
    assert (request.prompt, json.loads(request.body)) == ("You row.", {"prompt": "You row."})
    assert replicas.sessions == ["one"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"[" * 99_999, b'{"prompt": ["a", "b"]}'],
    ids=["empty", "cut", "list", "deep", "prompts"],
)
async def test_a_request_without_a_prompt_is_passed_on_with_something_to_route_it_by(
    monkeypatch, body
) -> None:
    replicas = Replicas(STREAM)
    await ask(ingress(replicas, monkeypatch), body=body)
    assert (replicas.asked[0].body, replicas.asked[0].prompt) == (body, "/v1/completions")


async def test_a_replica_that_fails_before_its_reply_is_replaced(monkeypatch) -> None:
    replicas = Replicas([RayError("died")], [RayError("died")], STREAM)
    assert await ask(ingress(replicas, monkeypatch)) == (200, b"".join(STREAM[1:]))
    replicas = Replicas(*[[RayError("died")]] * 3)
    status, body = await ask(ingress(replicas, monkeypatch))
    assert (status, "Try again" in json.loads(body)["error"]["message"]) == (503, True)


async def test_a_stream_that_breaks_off_ends_with_an_error(monkeypatch) -> None:
    replicas = Replicas([*STREAM[:2], RayError("died")])
    status, body = await ask(ingress(replicas, monkeypatch))
    first, last = body.split(b"\n\n")[:2]
    assert (status, first) == (httpx.codes.OK, b"data: 1")
    assert json.loads(last.removeprefix(b"data: "))["error"]["code"] == 502
    assert b"[DONE]" not in body


def test_no_token_is_an_error() -> None:
    with pytest.raises(InputRefused, match="GRUE_SERVE_TOKEN"):
        Ingress(DeploySettings(), Replicas())
