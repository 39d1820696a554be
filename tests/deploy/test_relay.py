"""Tests of requests whose replica is lost, on replicas that die where a test says; without Ray."""

import asyncio
import json
from contextlib import aclosing

import pytest

from deploy.engine_request import EngineRequest
from deploy.relay import Limits, Relay, ReplicaLost
from deploy.streamed_reply import DONE, KEEP_ALIVE, StreamedReply
from dungeon.serving.access import Refusal
from tests.patience import loop_until

HEAD = b'{"status": 200, "type": "text/event-stream"}'
DEATH = ReplicaLost("died")
PROMPT = {"prompt": "You row.", "max_tokens": 5, "seed": 7, "stream": True}
CHAT = {"messages": [{"role": "user", "content": "I row."}], "max_tokens": 5, "stream": True}


class Replicas:
    """Replicas that answer in turn; each yields chunks, and raises what stands between them."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.open = 0
        self.waiting = asyncio.Event()
        """Set once a replica that never goes on is waited for."""

    async def call(self, request):
        self.asked.append(json.loads(request.body))
        self.open += 1
        try:
            for each in self.answers.pop(0):
                match each:
                    case BaseException():
                        raise each
                    case None:
                        self.waiting.set()
                        await asyncio.Event().wait()
                    case _:
                        yield each
        finally:
            self.open -= 1


class Client:
    """A client of one request, and what was noted of it."""

    def __init__(self, replicas, document=PROMPT, engine="llama.cpp", **limits):
        self.noted = []
        path = "/v1/chat/completions" if "messages" in document else "/v1/completions"
        request = EngineRequest("POST", path, json.dumps(document).encode(), "text")
        self.relay = Relay(
            StreamedReply(request, engine),
            replicas.call,
            Limits(**{"pause": 0, **limits}),
            lambda kind, attempts: self.noted.append((kind, attempts)),
        )

    async def read(self):
        answer = await self.relay.answer()
        if isinstance(answer.body, bytes):
            return answer.body
        return b"".join([chunk async for chunk in answer.body])


def data(document):
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def text(words, reason=None, **more):
    choice = {"text": words, "index": 0, "finish_reason": reason}
    return data({"id": "one", "object": "text_completion", "choices": [choice]} | more)


def said(words, reason=None, **delta):
    delta = {"content": words, **delta} if words is not None else delta
    return data({"id": "one", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})


def stream(*chunks):
    return [b"", HEAD, *chunks]


def whole(*words):
    return stream(*map(text, words), text("", "stop"), DONE)


def documents(body):
    lines = [line.removeprefix("data: ") for line in body.decode().split("\n\n")]
    return [json.loads(line) for line in lines if line.startswith("{")]


def text_of(body):
    """Return the text of a stream that is whole, and was not noticed to have several parts."""
    assert body.endswith(DONE)
    assert body.count(DONE) == 1
    found = documents(body)
    assert len({each["id"] for each in found}) == 1
    return "".join(choice.get("text", "") for each in found for choice in each["choices"])


async def test_a_whole_reply_is_passed_on_as_it_is() -> None:
    answer = whole("A heron ", "waits.")
    client = Client(Replicas(answer))
    assert await client.read() == b"".join(answer[2:])
    assert not client.noted


@pytest.mark.parametrize(
    "beginning",
    [
        [DEATH],
        [b"", DEATH],
        stream(DEATH),
        stream(text("", prompt_progress={"total": 9, "cache": 0, "processed": 4}), DEATH),
        [b"", b'{"status": 503, "type": "application/json"}', b"{}"],
    ],
    ids=["before it has the request", "before its head", "after it", "in the prompt", "not ready"],
)
async def test_a_reply_that_has_no_text_yet_is_asked_again(beginning) -> None:
    replicas = Replicas(beginning, whole("A heron waits."))
    client = Client(replicas)
    assert text_of(await client.read()) == "A heron waits."
    assert replicas.asked == [PROMPT, PROMPT]
    assert client.noted == [("retried", 2)]
    assert not replicas.open


async def test_a_reply_is_continued_in_the_middle() -> None:
    usage = {"usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}}
    progress = {"prompt_progress": {"total": 9, "cache": 0, "processed": 4}}
    replicas = Replicas(
        stream(text("A heron "), text("waits "), DEATH),
        stream(text("", **progress), text("here."), text("", "stop", id="two", **usage), DONE),
    )
    client = Client(replicas)
    body = await client.read()
    assert text_of(body) == "A heron waits here."
    assert KEEP_ALIVE in body
    assert b"prompt_progress" not in body
    first, rest = replicas.asked
    assert first == PROMPT
    assert (rest["prompt"], rest["max_tokens"]) == ("You row.A heron waits ", 3)
    assert rest["seed"] != PROMPT["seed"]
    assert documents(body)[-1]["usage"] == {
        "prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6
    }  # fmt: skip
    assert client.noted == [("continued", 2)]


async def test_half_an_event_is_not_sent() -> None:
    replicas = Replicas(stream(text("A heron ") + text("wai")[:-3], DEATH), whole("waits."))
    assert text_of(await Client(replicas).read()) == "A heron waits."


async def test_a_stream_that_the_engine_ends_too_early_goes_on() -> None:
    replicas = Replicas(stream(text("A heron ")), whole("waits."))
    assert text_of(await Client(replicas).read()) == "A heron waits."


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ([text("waits.", "stop")], "stop"),
        ([text("is"), text(" he"), text("re"), text(".")], "length"),
    ],
)
async def test_a_replica_that_dies_after_the_last_text_is_not_replaced(last, reason) -> None:
    replicas = Replicas(stream(text("A heron "), *last, DEATH))
    client = Client(replicas)
    body = await client.read()
    assert text_of(body).startswith("A heron ")
    assert documents(body)[-1]["choices"][0]["finish_reason"] == reason
    assert not client.noted


async def test_a_reply_loses_two_replicas() -> None:
    replicas = Replicas(
        stream(text("A "), DEATH), stream(text("heron "), DEATH), [DEATH], whole("waits.")
    )
    client = Client(replicas)
    assert text_of(await client.read()) == "A heron waits."
    prompts = [each["prompt"] for each in replicas.asked]
    assert prompts == ["You row.", "You row.A ", "You row.A heron ", "You row.A heron "]
    assert [each["max_tokens"] for each in replicas.asked] == [5, 4, 3, 3]
    assert len({each["seed"] for each in replicas.asked}) == 4
    assert client.noted == [("continued", 2), ("continued", 3), ("continued", 4)]


async def test_all_replicas_are_dead() -> None:
    client = Client(Replicas(*[[DEATH]] * 3), attempts=3)
    with pytest.raises(Refusal, match="No replica answers") as refused:
        await client.read()
    assert (refused.value.status, refused.value.retry_after > 0) == (503, True)
    assert client.noted == [("retried", 2), ("retried", 3), ("broken", 3)]


async def test_all_replicas_die_in_the_middle() -> None:
    client = Client(Replicas(stream(text("A "), DEATH), [DEATH], [DEATH]), attempts=3)
    body = await client.read()
    assert body.startswith(text("A "))
    assert documents(body)[-1]["error"]["type"] == "server_error"
    assert DONE not in body
    assert client.noted[-1] == ("broken", 3)


async def test_no_replica_is_free_in_time() -> None:
    replicas = Replicas([None])
    with pytest.raises(Refusal, match="No replica is free"):
        await Client(replicas, wait=0).read()
    assert not replicas.open


async def test_no_replica_begins_with_the_rest_in_time() -> None:
    replicas = Replicas(stream(text("A "), DEATH), [b"", None])
    body = await Client(replicas, wait=0).read()
    assert "No replica answers in time" in documents(body)[-1]["error"]["message"]
    assert not replicas.open


async def test_a_replica_that_reads_a_long_prompt_is_not_given_up() -> None:
    async def call(request):
        yield b""
        await asyncio.sleep(0)
        for chunk in whole("A heron waits.")[1:]:
            yield chunk

    replicas = Replicas()
    replicas.call = call
    assert text_of(await Client(replicas, wait=0).read()) == "A heron waits."


async def test_a_client_is_kept_while_no_replica_is_free() -> None:
    replicas = Replicas(stream(text("A "), DEATH), [None])
    body = (await Client(replicas, keep_alive=0).relay.answer()).body
    async with aclosing(body):
        assert [await anext(body) for _ in range(3)] == [text("A "), KEEP_ALIVE, KEEP_ALIVE]


@pytest.mark.parametrize("answer", [[None], stream(None), stream(text("A "), DEATH), stream()])
async def test_a_client_that_hangs_up_ends_the_call(answer) -> None:
    replicas = Replicas(answer, [b"", None])
    reading = asyncio.ensure_future(Client(replicas).read())
    await replicas.waiting.wait()
    assert replicas.open == 1
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await loop_until(lambda: not replicas.open)


@pytest.mark.parametrize("error", [asyncio.CancelledError(), Refusal(503, "Busy."), KeyError("x")])
async def test_what_is_not_tried_again(error) -> None:
    replicas = Replicas([error])
    with pytest.raises(type(error)):
        await Client(replicas).read()
    assert len(replicas.asked) == 1


@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_refusal_of_the_engine_is_passed_on(status) -> None:
    head = json.dumps({"status": status, "type": "application/json"}).encode()
    replicas = Replicas([b"", head, b'{"error": ', b"{}}"])
    answer = await Client(replicas).relay.answer()
    assert (answer.status, answer.body) == (status, b'{"error": {}}')
    assert len(replicas.asked) == 1


@pytest.mark.parametrize(
    "error",
    [
        data({"error": {"message": "No memory."}}),
        b'error: {"code": 500, "message": "No memory."}\n\n',
        b"error: no JSON\n\n",
    ],
)
async def test_an_error_of_the_engine_in_a_stream_is_passed_on(error) -> None:
    replicas = Replicas(stream(text("A "), error))
    client = Client(replicas)
    assert await client.read() == text("A ") + error
    assert len(replicas.asked) == 1
    assert not client.noted


async def test_an_engine_that_refuses_the_rest() -> None:
    refusal = [b"", b'{"status": 400, "type": "application/json"}', b"{}"]
    replicas = Replicas(stream(text("A "), DEATH), refusal)
    body = await Client(replicas).read()
    assert documents(body)[-1]["error"]["type"] == "server_error"
    assert not replicas.open


async def test_an_answer_that_is_no_stream_is_asked_for_again() -> None:
    head = b'{"status": 200, "type": "application/json"}'
    replicas = Replicas([b"", head, b'{"half', DEATH], [b"", head, b"{}"])
    client = Client(replicas)
    assert await client.read() == b"{}"
    assert client.noted == [("retried", 2)]


async def test_a_chat_is_continued_and_its_role_told_once() -> None:
    role = said(None, role="assistant", content=None)
    replicas = Replicas(
        stream(role, DEATH),
        stream(role, said("A heron "), DEATH),
        stream(role, said("waits."), said(None, "stop"), DONE),
    )
    body = await Client(replicas, CHAT).read()
    deltas = [each["choices"][0]["delta"] for each in documents(body)]
    assert "".join(each.get("content") or "" for each in deltas) == "A heron waits."
    assert [each.get("role") for each in deltas].count("assistant") == 1
    assert body.endswith(DONE)
    assert replicas.asked[:2] == [CHAT, CHAT]
    assert replicas.asked[2]["messages"] == [
        *CHAT["messages"], {"role": "assistant", "content": "A heron "}
    ]  # fmt: skip


async def test_vllm_is_told_to_continue_the_last_message_of_a_chat() -> None:
    replicas = Replicas(stream(said("A "), DEATH), stream(said("heron."), DONE))
    await Client(replicas, CHAT, engine="vllm").read()
    assert replicas.asked[1]["continue_final_message"] is True
    assert replicas.asked[1]["add_generation_prompt"] is False


@pytest.mark.parametrize(
    ("document", "sent"),
    [
        (PROMPT | {"n": 2}, text("A ")),
        (PROMPT | {"json_schema": {"type": "object"}}, text("A ")),
        (PROMPT | {"prompt": ["You row.", "You swim."]}, text("A ")),
        (PROMPT | {"prompt": [1, 2]}, text("A ")),
        (CHAT | {"tools": [{}]}, said("A ")),
        (CHAT, said(None, tool_calls=[{"id": "x"}])),
        (CHAT, said(None, reasoning_content="Hm. ")),
        (CHAT, said("<think>Hm. ") + said("A heron")),
        (CHAT, said("<thi") + said("nk>")),
        (CHAT, said("<think>Hm.</think>A <thinking>")),
        (CHAT | {"messages": [{"role": "assistant", "content": "A"}]}, said(" heron ")),
    ],
)
async def test_what_cannot_be_continued_ends_with_an_error_and_is_tried_again_before_that(
    document, sent
) -> None:
    replicas = Replicas(stream(DEATH), stream(sent, DEATH))
    client = Client(replicas, document)
    body = await client.read()
    assert body.startswith(sent)
    assert "Send the request again" in documents(body)[-1]["error"]["message"]
    assert replicas.asked == [document, document]
    assert client.noted == [("retried", 2), ("broken", 2)]


@pytest.mark.parametrize("stop", [["\n\n>", "The end"], "The end"])
async def test_a_stop_string_that_two_replicas_write(stop) -> None:
    replicas = Replicas(
        stream(text("A heron. The"), DEATH), stream(text(" "), text("end"), text(" of it."), None)
    )
    body = await Client(replicas, PROMPT | {"stop": stop}).read()
    assert text_of(body) == "A heron. The"
    assert documents(body)[-1]["choices"][0]["finish_reason"] == "stop"
    assert not replicas.open


@pytest.mark.parametrize("rest", [[" ", "endless river."], ["m."], [" "]])
async def test_what_only_began_like_a_stop_string_is_sent(rest) -> None:
    replicas = Replicas(stream(text("A heron. The"), DEATH), whole(*rest))
    body = await Client(replicas, PROMPT | {"stop": ["The end."]}).read()
    assert text_of(body) == "A heron. The" + "".join(rest)


async def test_text_that_was_held_back_is_written_anew() -> None:
    replicas = Replicas(
        stream(text("The"), DEATH), stream(text(" "), text("end"), DEATH), whole(" river.")
    )
    body = await Client(replicas, PROMPT | {"stop": ["The end."]}).read()
    assert text_of(body) == "The river."
    assert replicas.asked[2]["max_tokens"] == 4
