"""Tests of the request for the rest of a reply, and of what the client is sent of that."""

import json

import pytest

from deploy.engine_request import EngineRequest
from deploy.streamed_reply import DONE, StreamedReply
from dungeon.generator.server_kinds import parse_usage

PROMPT = {"prompt": "You row.", "max_tokens": 9, "stream": True}


def event(text, **more):
    choice = {"text": text, "index": 0, "finish_reason": None}
    return b"data: " + json.dumps({"id": "one", "choices": [choice]} | more).encode() + b"\n\n"


def lost_after(*texts, **parameters):
    """Return a reply whose replica is lost after some texts, and the document for its rest."""
    body = json.dumps(PROMPT | parameters).encode()
    reply = StreamedReply(EngineRequest("POST", "/v1/completions", body, ""), "vllm")
    for each in texts:
        reply.take(event(each))
    request = reply.next_request()
    return reply, None if request is None else json.loads(request.body)


def sent(reply, **more):
    """Return the document that the client is sent of an event with `more`."""
    (found,) = reply.take(event("", **more))
    return json.loads(found.removeprefix(b"data: "))


@pytest.mark.parametrize(("seed", "is_other"), [(0, True), (7, True), (-1, False), (None, False)])
def test_the_rest_has_another_seed_unless_that_is_random(seed, is_other) -> None:
    _, rest = lost_after("A ", seed=seed)
    assert (rest["seed"] != seed) == is_other


@pytest.mark.parametrize(("least", "left"), [(5, 3), (2, 0), (1, 0), (0, 0), (None, None)])
def test_the_least_number_of_tokens_counts_those_that_were_sent(least, left) -> None:
    _, rest = lost_after("A ", "heron ", min_tokens=least)
    assert rest["min_tokens"] == left
    assert rest["max_tokens"] == 7


@pytest.mark.parametrize(
    ("form", "is_continued"), [("text", True), ("json_object", False), ("json_schema", False)]
)
def test_a_reply_in_the_form_of_text_is_continued(form, is_continued) -> None:
    _, rest = lost_after("A ", response_format={"type": form})
    assert (rest is not None) == is_continued


def test_a_reply_is_continued_after_its_thoughts() -> None:
    _, rest = lost_after("<think>Hm.", "</think>", "A ")
    assert rest["prompt"].endswith("A ")
    assert lost_after("<think>Hm.")[1] is None


@pytest.mark.parametrize(
    ("cached", "read", "prompt", "evaluated"),
    [(10, 5, 13, 5), (1, 9, 8, 8), (0, 15, 13, 13), (15, 0, 13, 0)],
)
def test_the_tokens_of_earlier_replicas_are_no_part_of_the_prompt(
    cached, read, prompt, evaluated
) -> None:
    reply, _ = lost_after("A ", "heron ")
    timings = {"cache_n": cached, "prompt_n": read, "predicted_n": 4}
    usage = {
        "prompt_tokens": cached + read,
        "completion_tokens": 4,
        "total_tokens": cached + read + 4,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    document = sent(reply, timings=timings, usage=usage)
    by_timings = parse_usage({"timings": document["timings"]}, 0)
    assert by_timings == parse_usage({"usage": document["usage"]}, 0)
    assert (by_timings.prompt_tokens, by_timings.prompt_tokens_evaluated) == (prompt, evaluated)
    assert by_timings.tokens == 6
    assert document["usage"]["total_tokens"] == usage["total_tokens"]


@pytest.mark.parametrize("counts", [{"usage": None}, {"timings": {}}, {"usage": {}}])
def test_what_has_no_counts_is_sent_as_it_is(counts) -> None:
    reply, _ = lost_after("A ")
    assert sent(reply, **counts).items() >= counts.items()


def test_an_end_from_the_ingress_has_no_usage() -> None:
    reply, _ = lost_after("A ", "heron ", max_tokens=2, stream_options={"include_usage": True})
    end = reply.end_if_written()
    assert end.endswith(DONE)
    assert b"usage" not in end
