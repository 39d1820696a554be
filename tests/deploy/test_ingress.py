"""Tests of the ingress on replicas that answer and fail as a test says; no Ray is started."""

import json

import pytest

pytest.importorskip("ray.serve", reason="the extra `deploy` is not installed")

from ray.exceptions import ActorDiedError
from starlette.requests import Request

from deploy.ingress import Ingress
from deploy.settings import DeploySettings
from dungeon.errors import InputRefused
from dungeon.serving.error_document import error_document

TOKEN = "a-secret-token"
KEY = {"authorization": f"Bearer {TOKEN}", "host": "127.0.0.1"}
HEAD = b'{"status": 200, "type": "text/event-stream"}'
TEXT = b'data: {"choices": [{"index": 0, "text": "A heron."}]}\n\n'
STREAM = [b"", HEAD, TEXT, b"data: [DONE]\n\n"]


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
        return Response(self.answers.pop(0))


class Response:
    """What a call of Ray's returns."""

    def __init__(self, answer):
        self.answer = answer

    async def __aiter__(self):
        for each in self.answer:
            if isinstance(each, Exception):
                raise each
            yield each

    def cancel(self):
        """End the call, which is none."""


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
    document = json.loads(body)
    assert (told, document) == (status, error_document(status, document["error"]["message"]))
    assert not replicas.asked


async def test_a_rate_limit(monkeypatch) -> None:
    application = ingress(Replicas(STREAM), monkeypatch, requests_per_minute=1)
    assert (await ask(application))[0] == 200
    status, body = await ask(application)
    assert (status, json.loads(body)["error"]["code"]) == (429, "rate_limit_exceeded")


async def test_a_stream_goes_to_the_replica_of_its_session_without_the_slot_of_another_player(
    monkeypatch,
) -> None:
    replicas = Replicas(STREAM)
    body = json.dumps({"prompt": "You row.", "id_slot": 1}).encode()
    headers = KEY | {"x-session-id": "one"}
    status, told = await ask(ingress(replicas, monkeypatch), headers=headers, body=body)
    assert (status, told) == (200, b"".join(STREAM[2:]))
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


async def test_a_replica_that_is_lost_before_its_reply_is_replaced(monkeypatch) -> None:
    application = ingress(Replicas([ActorDiedError()], STREAM), monkeypatch)
    assert await ask(application) == (200, b"".join(STREAM[2:]))
    assert application.counts() == {"retried": 1, "most_attempts": 2}
    application = ingress(Replicas([ActorDiedError()]), monkeypatch, attempts=1)
    status, body = await ask(application)
    assert (status, "Try again" in json.loads(body)["error"]["message"]) == (503, True)
    assert application.counts()["broken"] == 1


async def test_a_reply_is_continued_by_the_replica_of_the_same_session(monkeypatch) -> None:
    replicas = Replicas([*STREAM[:3], ActorDiedError()], STREAM)
    body = json.dumps({"prompt": "You row.", "stream": True}).encode()
    headers = KEY | {"x-session-id": "one"}
    status, told = await ask(ingress(replicas, monkeypatch), headers=headers, body=body)
    assert (status, told.count(b"A heron."), told.count(b"[DONE]")) == (200, 2, 1)
    assert replicas.asked[1].prompt == "You row.A heron."
    assert replicas.sessions == ["one"]


async def test_an_answer_that_is_no_stream(monkeypatch) -> None:
    refused = [b"", b'{"status": 400, "type": "application/json"}', b'{"error": {}}']
    assert await ask(ingress(Replicas(refused), monkeypatch)) == (400, b'{"error": {}}')


def test_no_token_is_an_error() -> None:
    with pytest.raises(InputRefused, match="GRUE_SERVE_TOKEN"):
        Ingress(DeploySettings(), Replicas())
