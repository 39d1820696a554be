"""Tests of the client: the requests to each kind of server, its responses, keys, and stopping."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from dungeon.chat import ChatMessage
from dungeon.errors import GeneratorError, InputRefused
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.remote import RemoteGenerator
from dungeon.generator.server_kinds import ServerKind, request_body
from dungeon.settings.biased_words import BiasedWords
from dungeon.settings.sampling import Sampling
from dungeon.text.phrases import BannedPhrases
from tests.dungeon.generator.remotes import (
    COMPLETIONS,
    KEY,
    REQUEST,
    WHOLE,
    asked,
    hang_up,
    playing,
    reply,
    text_of,
)
from tests.dungeon.generator.servers import (
    DONE,
    LLAMA_MODELS,
    OPENAI_MODELS,
    VLLM_MODELS,
    Said,
    Streamed,
    event,
    piece,
    serving,
)
from tests.rows import every_row

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
    sampling = REQUEST.sampling.to_dict()
    for name in ("guidance", "adaptive_target", "adaptive_decay"):
        del sampling[name]
    assert body.items() >= sampling.items()
    assert not body.keys() & {"guidance", "samplers", "adaptive_target"}
    assert body["dry_sequence_breakers"] == ["\n", '"']
    assert body["dry_penalty_last_n"] > 10_000  # as far back as our own sampler looks
    assert body["cache_prompt"] is body["return_progress"] is True
    assert "logit_bias" not in body


@pytest.mark.parametrize(
    ("models", "bias"),
    [
        (LLAMA_MODELS, [[">", False], ["The wheel", False]]),
        (VLLM_MODELS, {"17": -100, "4": -100}),
        (OPENAI_MODELS, None),
    ],
)
async def test_the_token_of_a_banned_phrase_is_banned_where_a_server_can(models, bias):
    rest = Streamed([piece("The sluice"), piece(" turns.", "stop"), DONE])
    tokens = Said({"count": 2, "tokens": [17, 4]})
    request = replace(REQUEST, banned_phrases=BannedPhrases(["wheel"]), banned_tokens=(">",))
    async with playing(models, [WHOLE, rest], tokenize=tokens) as (server, remote):
        assert text_of(await reply(remote, request)) == "The sluice turns."
        first, second = server.bodies(COMPLETIONS)
    assert second.get("logit_bias") == bias
    assert first.get("post_sampling_probs", False) is (models == LLAMA_MODELS)
    assert second["max_tokens"] == 1
    assert second["seed"] != first["seed"]


def test_adaptive_p_joins_the_samplers_of_llama_cpp_once_it_is_on():
    asked = replace(REQUEST, sampling=Sampling(adaptive_target=0.4))
    body = request_body(ServerKind.LLAMA, "tale", asked)
    assert body["samplers"][-1] == "adaptive_p"
    assert (body["adaptive_target"], body["adaptive_decay"]) == (0.4, 0.9)
    assert "adaptive_target" not in request_body(ServerKind.VLLM, "tale", asked)


@every_row(
    ("kind", "told"),
    [
        (ServerKind.LLAMA, {"frequency_penalty": 0.5, "presence_penalty": 0.0, "typical_p": 1.0}),
        (ServerKind.VLLM, {"frequency_penalty": 0.5}),
        (ServerKind.OPENAI, {"frequency_penalty": 0.5}),
        (ServerKind.PLAIN, {}),
    ],
)
def test_a_server_gets_the_penalties_that_it_has(kind, told):
    sampling = Sampling(frequency_penalty=0.5)
    body = request_body(kind, "tale", replace(REQUEST, sampling=sampling))
    names = {"frequency_penalty", "presence_penalty", "typical_p"}
    assert {name: value for name, value in body.items() if name in names} == told


BIASED = (BiasedWords("old lantern", 2.0), BiasedWords("fog", -3.0))


@pytest.mark.parametrize(
    ("models", "answer", "bias"),
    [
        (
            LLAMA_MODELS,
            {"tokens": [{"id": 7, "piece": " "}, {"id": 9, "piece": "fog"}]},
            [[9, -3.0]],
        ),
        (VLLM_MODELS, {"count": 1, "tokens": [9]}, {"9": -3.0}),
        (VLLM_MODELS, {"count": 2, "tokens": [7, 9], "token_strs": ["▁", "▁fog"]}, {"9": -3.0}),
        (OPENAI_MODELS, {}, None),
    ],
)
async def test_words_are_biased_where_a_server_tells_their_tokens(models, answer, bias):
    request = replace(REQUEST, biased_words=BIASED)
    async with playing(models, [WHOLE, WHOLE], tokenize=Said(answer)) as (server, remote):
        await reply(remote, request)
        looked_up = server.bodies("/tokenize")
        await reply(remote, request)
        assert server.bodies("/tokenize") == looked_up  # each spelling is looked up once
        for body in server.bodies(COMPLETIONS):
            assert body.get("logit_bias") == bias
        assert ("biased_words" in remote.ignored_settings) is (bias is None)


@pytest.mark.parametrize("answer", [{"tokens": [7, 9]}, {"tokens": [{"id": 9}]}, {"count": 2}, []])
async def test_of_a_server_that_does_not_tell_the_texts_of_tokens_none_are_biased(answer):
    request = replace(REQUEST, biased_words=BIASED)
    async with playing(LLAMA_MODELS, tokenize=Said(answer)) as (server, remote):
        assert text_of(await reply(remote, request)) == "The wheel turns."
        assert "logit_bias" not in server.bodies(COMPLETIONS)[0]


@pytest.mark.parametrize("models", [VLLM_MODELS, LLAMA_MODELS])
async def test_a_request_that_is_repeated_with_plain_parameters_has_no_biases(models):
    request = replace(REQUEST, biased_words=BIASED)
    refusal = Said({"error": {"message": "logit_bias is not supported"}}, 400)
    tokens = Said({"tokens": [9]})
    async with playing(models, [refusal, WHOLE], tokenize=tokens) as (server, remote):
        assert text_of(await reply(remote, request)) == "The wheel turns."
        first, second = server.bodies(COMPLETIONS)
        assert "logit_bias" in first
        assert "logit_bias" not in second


async def test_the_tokens_of_a_server_are_asked_for_again_after_it_was_closed():
    request = replace(REQUEST, biased_words=(BiasedWords("fog", -3.0),))
    answers = [Said({"tokens": [number]}) for number in (9, 9, 9, 9, 5)]  # a word, a model
    async with playing(VLLM_MODELS, tokenize=answers) as (server, remote):
        await reply(remote, request)
        await remote.close()
        await reply(remote, request)
        biases = [body["logit_bias"] for body in server.bodies(COMPLETIONS)]
        assert biases == [{"9": -3.0}, {"5": -3.0}]


async def test_only_biases_ask_vllm_for_the_texts_of_tokens():
    tokens = Said({"count": 1, "tokens": [9]})
    async with playing(VLLM_MODELS, tokenize=tokens) as (server, remote):
        await remote.count_tokens("fog")
        await reply(remote, replace(REQUEST, biased_words=BIASED))
        count, *looked_up = server.bodies("/tokenize")
        assert "return_token_strs" not in count
        assert all(body["return_token_strs"] for body in looked_up)


async def test_a_ban_outweighs_a_bias():
    request = replace(REQUEST, biased_words=BIASED, banned_tokens=("fog",))
    async with playing(VLLM_MODELS, tokenize=Said({"count": 1, "tokens": [9]})) as (server, remote):
        await reply(remote, request)
        assert server.bodies(COMPLETIONS)[0]["logit_bias"] == {"9": -100}


ASKED = ChatMessage("user", "List what has changed.")
NAMED = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {}, "strict": True}}


@every_row(
    ("kind", "messages", "told"),
    [
        (ServerKind.LLAMA, (), {"json_schema": {}}),
        (ServerKind.LLAMA, (ASKED,), {"response_format": NAMED}),
        (ServerKind.VLLM, (), {"response_format": NAMED}),
        (ServerKind.OPENAI, (ASKED,), {"response_format": NAMED}),
        (ServerKind.PLAIN, (), {}),
    ],
)
def test_a_server_is_told_the_schema_of_a_reply(kind, messages, told):
    names = {"json_schema", "response_format"}
    free = request_body(kind, "tale", replace(REQUEST, messages=messages))
    bound = request_body(kind, "tale", replace(REQUEST, messages=messages, json_schema="{}"))
    assert {name: value for name, value in bound.items() if name in names} == told
    assert free.keys() == bound.keys() - names


async def test_a_refused_schema_leaves_the_parameters_of_replies_alone():
    refused = Said({"error": {"message": "unknown field"}}, 400)
    async with playing(OPENAI_MODELS, [refused, WHOLE]) as (server, remote):
        with pytest.raises(GeneratorError):
            await reply(remote, replace(REQUEST, json_schema="{}"))
        await reply(remote)
        assert "top_p" in server.bodies(COMPLETIONS)[-1]


async def test_a_service_is_told_which_session_a_request_belongs_to():
    async with playing() as (server, remote):
        for session in ("", "one"):
            await reply(remote, replace(REQUEST, session=session))
    asked = [headers for path, headers, _ in server.asked if path == COMPLETIONS]
    assert [headers.get("x-session-id") for headers in asked] == [None, "one"]


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


# ── Keys, and stopping ───────────────────────────────────────────────────────────────────────────


async def test_the_key_is_sent_to_the_server_and_not_to_a_redirect():
    async with serving({"/v1/models": OPENAI_MODELS}) as other:
        away = Said(b"", 307, {"Location": f"{other.address}/v1/models"})
        async with playing(models=away, key=KEY) as (server, remote):
            with pytest.raises(GeneratorError, match="another address"):
                await remote.open()
            assert server.asked[0][1]["authorization"] == f"Bearer {KEY}"
        assert other.asked == []


@every_row("where", ["ftp://x", "x", "http://", "http://a:b@x", "http://x:no"])
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
