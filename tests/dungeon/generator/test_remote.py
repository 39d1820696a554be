"""Tests of the client: the requests to each kind of server, and every kind of response."""

import asyncio
from contextlib import aclosing, asynccontextmanager

import pytest

from dungeon.errors import EngineSilent, EngineStopped, GeneratorError, InputRefused, PromptTooLong
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.http_client import Timeouts
from dungeon.generator.remote import RemoteGenerator
from dungeon.sampling import Sampling
from tests.dungeon.generator.servers import (
    DONE,
    LLAMA_MODELS,
    LLAMA_PROPS,
    OPENAI_MODELS,
    VLLM_MODELS,
    Said,
    Streamed,
    event,
    piece,
    serving,
)
from tests.patience import HUNG

COMPLETIONS = "/v1/completions"
SAMPLING = Sampling(temperature=0.8, top_k=0, top_p=0.95, min_p=0.05, repeat_penalty=1.05)
REQUEST = Request("You stand in a mill.\n", 20, SAMPLING, seed=7, stop=("\n>",))
WHOLE = Streamed([piece("The wheel"), piece(" turns.", "stop"), DONE])
KEY = "sk-very-secret"


@asynccontextmanager
async def playing(models=OPENAI_MODELS, completions=WHOLE, *, key=None, timeouts=None, **routes):
    """Give a server and a client of it."""
    paths = {"/v1/models": models, "/props": LLAMA_PROPS, COMPLETIONS: completions}
    paths |= {f"/{name}": answer for name, answer in routes.items()}
    async with serving(paths) as server:
        remote = RemoteGenerator(server.address, api_key=key, timeouts=timeouts)
        try:
            yield server, remote
        finally:
            await remote.close()


async def reply(remote, request=REQUEST):
    async with aclosing(remote.stream(request)) as events:
        return [found async for found in events]


async def asked(server, path):
    """Wait until the server has been asked for `path`."""
    async with asyncio.timeout(HUNG):
        while not server.bodies(path):
            await asyncio.sleep(0.001)


async def hang_up(server):
    """Wait until the client has closed a connection in the middle of an answer."""
    await asyncio.wait_for(server.left.wait(), HUNG)


async def passing(seconds, waiting):
    """Return what `waiting` comes to as the clock of the loop moves on by `seconds` at a time."""
    loop = asyncio.get_running_loop()
    clock, ahead = loop.time, 0
    loop.time = lambda: clock() + ahead
    while not waiting.done():
        await asyncio.sleep(0.01)
        ahead += seconds
    return await waiting


def text_of(events):
    return "".join(found.text for found in events if isinstance(found, TextChunk))


# ── What servers are asked ───────────────────────────────────────────────────────────────────────


async def test_openai_gets_only_its_own_parameters():
    async with playing() as (server, remote):
        events = await reply(remote)
    assert text_of(events) == "The wheel turns."
    assert events[-1] == Finished("stop", Usage(tokens=2))
    (body,) = server.bodies(COMPLETIONS)
    assert body == {
        "model": "tale",
        "prompt": REQUEST.prompt,
        "max_tokens": 20,
        "stream": True,
        "stop": ["\n>"],
        "seed": 7,
        "temperature": 0.8,
        "top_p": 0.95,
        "stream_options": {"include_usage": True},
    }


async def test_vllm_gets_its_own_parameters():
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 6},
    }
    counted = Streamed([piece("Hm.", "length"), event({"choices": [], "usage": usage}), DONE])
    async with playing(VLLM_MODELS, counted, tokenize=Said({"count": 5})) as (server, remote):
        events = await reply(remote)
        assert await remote.count_tokens("Grain.") == 5
    assert remote.model.context_length == 4096
    assert events[-1] == Finished("length", Usage(9, 3, 4))
    (body,) = server.bodies(COMPLETIONS)
    assert (body["repetition_penalty"], body["top_k"], body["min_p"]) == (1.05, -1, 0.05)
    assert "repeat_penalty" not in body
    assert server.bodies("/tokenize")[0]["prompt"] == "Grain."


async def test_llama_cpp_gets_all_parameters_and_reports_prefill():
    progress = {"total": 30, "cache": 10, "processed": 30, "time_ms": 3}
    timings = {"cache_n": 10, "prompt_n": 20, "predicted_n": 2, "predicted_ms": 5.0}
    stream = Streamed(
        [
            event({"choices": [{"text": ""}], "prompt_progress": progress}),
            piece("Flour"),
            event({"choices": [{"text": "", "finish_reason": "stop"}], "timings": timings}),
            DONE,
        ]
    )
    tokens = Said({"tokens": [1, 2, 3]})
    async with playing(LLAMA_MODELS, stream, tokenize=tokens) as (server, remote):
        events = await reply(remote)
        assert await remote.count_tokens("a b c") == 3
        assert remote.supports_prefetch
    assert remote.model.context_length == 1024
    assert events == [
        PrefillProgress(30, 30, 10),
        TextChunk("Flour"),
        Finished("stop", Usage(30, 20, 2)),
    ]
    (body,) = server.bodies(COMPLETIONS)
    assert body.items() >= REQUEST.sampling.to_dict().items()
    assert body["cache_prompt"] is body["return_progress"] is True
    assert body["logit_bias"] == [[">", False]]  # the player's line is the player's


async def test_a_prefetch_yields_no_text():
    timings = {"cache_n": 0, "prompt_n": 8, "predicted_n": 1}
    stream = Streamed([piece("X"), event({"choices": [{"text": "", "finish_reason": "length"}],
                                          "timings": timings}), DONE])  # fmt: skip
    ahead = Request(REQUEST.prompt, 0, Sampling(), 1)
    async with playing(LLAMA_MODELS, stream) as (server, remote):
        assert await reply(remote, ahead) == [Finished("length", Usage(8, 8, 0))]
        assert server.bodies(COMPLETIONS)[0]["max_tokens"] == 0
    async with playing() as (server, remote):
        assert await reply(remote, ahead) == [Finished("length", Usage())]
        assert not remote.supports_prefetch
        assert server.bodies(COMPLETIONS) == []


async def test_refused_parameters_are_left_out_from_then_on():
    refused = Said({"error": {"message": "Unrecognized field: seed"}}, 400)
    async with playing(completions=[refused, WHOLE, WHOLE]) as (server, remote):
        assert text_of(await reply(remote)) == "The wheel turns."
        assert text_of(await reply(remote)) == "The wheel turns."
    first, second, third = server.bodies(COMPLETIONS)
    assert "seed" in first
    assert set(second) == set(third) == {"model", "prompt", "max_tokens", "stream", "stop",
                                         "temperature"}  # fmt: skip


async def test_a_request_refused_twice_raises_the_first_reason():
    refused = [Said({"error": {"message": f"bad {word}"}}, 400) for word in ("seed", "prompt")]
    async with playing(completions=refused) as (server, remote):
        with pytest.raises(GeneratorError, match="bad seed"):
            await reply(remote)
        assert len(server.bodies(COMPLETIONS)) == 2


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/completions"])
async def test_a_url_may_have_the_endings_of_manuals(ending):
    async with playing() as (server, _):
        remote = RemoteGenerator(server.address + ending, model="tale")
        assert text_of(await reply(remote)) == "The wheel turns."
        await remote.close()


async def test_token_counts_are_estimated_high_and_calibrated():
    usage = event({"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 1}})
    async with playing(completions=Streamed([piece("Hm.", "stop"), usage, DONE])) as (_, remote):
        assert await remote.count_tokens("x" * 30) == 10
        await reply(remote, Request("x" * 24, 5, Sampling(), 1))
        assert await remote.count_tokens("x" * 56) == 10
        assert await remote.count_tokens("") == 0


# ── What they may answer ─────────────────────────────────────────────────────────────────────────


async def test_a_character_split_over_chunks_and_control_characters():
    whole = piece("Zoë \x1b[2J\x1b]52;c;eA==\x07went\u202e.", "stop") + DONE
    raw = whole.replace(b"\\u00eb", "ë".encode())
    async with playing(completions=Streamed([raw[i : i + 1] for i in range(len(raw))])) as (_, r):
        assert text_of(await reply(r)) == "Zoë [2J]52;c;eA==went."


async def test_bad_utf8_becomes_a_replacement():
    raw = b'data: {"choices":[{"text":"a\xff\xfeb","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    async with playing(completions=Streamed([raw])) as (_, remote):
        assert text_of(await reply(remote)) == "a\ufffd\ufffdb"


async def test_comments_and_unknown_lines_are_ignored():
    noise = b": ping\n\nevent: x\nid: 3\n\ndata:\n\n"
    async with playing(completions=Streamed([noise, piece("Ah.", "stop"), noise])) as (_, remote):
        assert text_of(await reply(remote)) == "Ah."


async def test_an_empty_reply_is_a_reply():
    async with playing(completions=Streamed([piece("", "stop"), DONE])) as (_, remote):
        assert await reply(remote) == [Finished("stop", Usage())]


FAILURES = {
    "no JSON": (Streamed([b"data: {oops\n\n"]), GeneratorError, "no JSON"),
    "deep JSON": (Streamed([b"data: " + b"[" * 100_000 + b"\n\n"]), GeneratorError, "JSON"),
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
    "429": (Said({}, 429, {"Retry-After": "17"}), GeneratorError, "in 17 seconds"),
    "429 plain": (Said(b"slow down", 429), GeneratorError, "slow down. Try again in a while"),
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
        with pytest.raises(GeneratorError, match="'saga'"):
            await remote.open()
        await remote.close()


# ── Keys, and stopping ───────────────────────────────────────────────────────────────────────────


async def test_the_key_is_sent_to_the_server_and_not_to_a_redirect():
    async with serving({"/v1/models": OPENAI_MODELS}) as other:
        away = Said(b"", 307, {"Location": f"{other.address}/v1/models"})
        async with playing(models=away, key=KEY) as (server, remote):
            with pytest.raises(GeneratorError, match="another address"):
                await remote.open()
            assert server.asked[0][1]["authorization"] == f"Bearer {KEY}"
        assert other.asked == []


@pytest.mark.parametrize("where", ["ftp://x", "x", "http://", "http://a:b@x", "http://x:no"])
def test_an_invalid_url_is_refused(where):
    with pytest.raises(InputRefused) as refused:
        RemoteGenerator(where)
    assert "a:b" not in str(refused.value)


@pytest.mark.parametrize("chunks", [[...], [piece("The"), ...]], ids=["reading", "writing"])
async def test_cancelling_closes_the_connection_at_once(chunks):
    async with playing(completions=Streamed(chunks)) as (server, remote):
        task = asyncio.create_task(reply(remote))
        await asked(server, COMPLETIONS)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await hang_up(server)  # while the answer is still under way


async def test_closing_the_stream_closes_the_connection():
    async with playing(completions=Streamed([piece("The"), piece(" mill"), ...])) as (
        server,
        remote,
    ):
        async with aclosing(remote.stream(REQUEST)) as events:
            async for _ in events:
                break
        await hang_up(server)
