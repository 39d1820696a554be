"""Tests of the client: what servers may answer that is no reply, and what it says of it."""

import asyncio

import pytest

from dungeon.errors import EngineBusy, EngineSilent, EngineStopped, GeneratorError, PromptTooLong
from dungeon.generator import Finished, Usage
from dungeon.generator.http_client import Timeouts
from dungeon.generator.remote import RemoteGenerator
from tests.dungeon.generator.remotes import (
    COMPLETIONS,
    KEY,
    REQUEST,
    WHOLE,
    asked,
    hang_up,
    passing,
    playing,
    reply,
    text_of,
)
from tests.dungeon.generator.servers import (
    Said,
    Streamed,
    event,
    piece,
)

FAILURES = {
    "no JSON": (Streamed([b"data: {oops\n\n"]), GeneratorError, "no JSON"),
    "deep JSON": (Streamed([b"data: " + b"[" * 100_000 + b"\n\n"]), GeneratorError, "JSON"),
    "page": (
        Said(b"<html>Please sign in</html>", headers={"Content-Type": "text/html; charset=utf-8"}),
        GeneratorError,
        "web page.* sign-in",
    ),
    "whole, no JSON": (
        Said(b"{oops", headers={"Content-Type": "application/json"}), GeneratorError, "no JSON",
    ),
    "whole, endless": (
        Said(b" " * 2_000_000, headers={"Content-Type": "application/json"}),
        GeneratorError,
        "without an end",
    ),
    "whole, an error": (
        Said({"error": {"message": "asleep"}}, headers={"Content-Type": "application/json"}),
        GeneratorError,
        "asleep",
    ),
    "no event": (Streamed([b"data: [1]\n\n"]), GeneratorError, "no event"),
    "endless event": (Streamed([b"data: " + b"x" * 2_000_000]), GeneratorError, "without an end"),
    "cut": (Streamed([piece("The")], cut=True), EngineStopped, "broke off"),
    "ended early": (Streamed([piece("The")]), EngineStopped, "broke off"),
    "nothing": (Streamed([]), EngineStopped, "broke off"),
    "error event": (
        Streamed([piece("The"), event({"error": {"message": "boiler\x1b burst"}})]),
        GeneratorError,
        "boiler burst",
    ),
    "401": (Said({"error": {"message": f"bad key {KEY}"}}, 401), GeneratorError, "GRUE_API_KEY"),
    "404": (Said({"error": {"message": "unknown model"}}, 404), GeneratorError, "model's name"),
    "429": (Said({}, 429, {"Retry-After": "17"}), EngineBusy, "in 17 seconds"),
    "429 plain": (Said(b"slow down", 429), EngineBusy, "slow down. Try again in a while"),
    "500": (Said(b"<html>secret internals</html>", 500), EngineStopped, "status 500. Try"),
    "302": (Said(b"", 302, {"Location": "http://127.0.0.1:1/"}), GeneratorError, "another address"),
    "too long, llama.cpp": (
        Said({"error": {"type": "exceed_context_size_error", "message": "too large",
                        "n_prompt_tokens": 3000, "n_ctx": 2048}}, 400),
        PromptTooLong,
        "3000 tokens, and the model holds 2048",
    ),
    "too long, vLLM": (
        Said({"object": "error", "message": "This model's maximum context length is 2048 tokens. "
              "However, you requested 2100 tokens (2000 in the messages, 100 in the completion)."},
             400),
        PromptTooLong,
        "2000 tokens, and the model holds 2048|2100 tokens, and the model holds 2048",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
async def test_a_failure_is_an_error_and_the_next_request_works(name):
    answer, kind, words = FAILURES[name]
    twice = [answer, answer] if "status" in dir(answer) and answer.status == 400 else [answer]
    async with playing(completions=[*twice[:1], WHOLE], key=KEY) as (_, remote):
        with pytest.raises(kind, match=words) as failed:
            await reply(remote)
        said = str(failed.value)
        assert said[0].isupper() or said.startswith("http")
        assert said[-1] in ".?)"
        assert KEY not in said + repr(remote)
        assert "\x1b" not in said
        assert "internals" not in said
        assert text_of(await reply(remote)) == "The wheel turns."


async def test_a_prompt_that_is_too_long_has_the_numbers_of_the_server():
    async with playing(completions=FAILURES["too long, llama.cpp"][0]) as (_, remote):
        with pytest.raises(PromptTooLong) as failed:
            await reply(remote)
    assert (failed.value.prompt_tokens, failed.value.context_length) == (3000, 2048)


@pytest.mark.parametrize(
    ("refusal", "length"),
    [
        ({"type": "exceed_context_size_error", "message": "too large", "n_ctx": 512}, 512),
        ({"message": "This model's maximum context length is 1000 tokens."}, 1000),
        ({"message": "The prompt is too long."}, 1536),
        ({"type": "exceed_context_size_error", "message": "too large", "n_ctx": 9000}, 1536),
    ],
)
async def test_a_refused_prompt_makes_the_context_smaller(refusal, length):
    async with playing(completions=[Said({"error": refusal}, 400), WHOLE]) as (_, remote):
        await remote.open()
        assert remote.model.context_length == 2048
        with pytest.raises(PromptTooLong):
            await reply(remote)
        assert remote.model.context_length == length
        await remote.close()
        assert text_of(await reply(remote)) == "The wheel turns."
        assert remote.model.context_length == length  # also after it was opened again


async def test_a_server_that_does_not_stream():
    choice = {"index": 0, "text": "The wheel turns.", "finish_reason": "length"}
    usage = {"prompt_tokens": 9, "completion_tokens": 4}
    for kind in ("application/json", "Application/JSON; charset=utf-8"):
        whole = Said({"choices": [choice], "usage": usage}, headers={"Content-Type": kind})
        async with playing(completions=whole) as (_, remote):
            events = await reply(remote)
        assert text_of(events) == "The wheel turns."
        assert events[-1] == Finished("length", Usage(9, 9, 4))


async def test_timeouts_during_prefill_and_decoding():
    timeouts = Timeouts(prefill=4000, decode=2000)
    for chunks, seconds in (([...], 4000), ([piece("The"), ...], 2000)):
        async with playing(completions=Streamed(chunks), timeouts=timeouts) as (server, remote):
            events = remote.stream(REQUEST)
            if len(chunks) > 1:
                await anext(events)
            waiting = asyncio.ensure_future(anext(events))
            await asked(server, COMPLETIONS)
            with pytest.raises(EngineSilent, match=f"nothing for {seconds} seconds"):
                await passing(seconds, waiting)
            await hang_up(server)


async def test_an_unreachable_server_is_an_error():
    remote = RemoteGenerator("http://127.0.0.1:9")
    with pytest.raises(EngineStopped, match="cannot be reached"):
        await remote.open()
    await remote.close()


@pytest.mark.parametrize("answer", [b"<html>", b"[" * 100_000, b"[]", b'{"data": 3}', b"\xff"])
async def test_a_server_that_is_no_model_server_is_an_error(answer):
    async with playing(models=Said(answer)) as (_, remote):
        with pytest.raises(GeneratorError):
            await remote.open()


async def test_a_model_that_is_not_served_is_an_error():
    async with playing() as (server, _):
        remote = RemoteGenerator(server.address, model="saga")
        with pytest.raises(GeneratorError, match="“saga”"):
            await remote.open()
        await remote.close()
