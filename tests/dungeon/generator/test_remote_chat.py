"""Tests of chats with model servers, against a fake one."""

from dataclasses import replace

import pytest

from dungeon.chat import ChatMessage
from dungeon.errors import ChatOnly, GeneratorError
from dungeon.generator import Finished
from tests.dungeon.generator.remotes import COMPLETIONS, REQUEST, playing, reply, text_of
from tests.dungeon.generator.servers import (
    DONE,
    LLAMA_MODELS,
    VLLM_MODELS,
    Said,
    Streamed,
    event,
)

CHATS = "/v1/chat/completions"
MESSAGES = (ChatMessage("system", "RULES"), ChatMessage("user", "> You go."))
CHAT = replace(REQUEST, messages=MESSAGES)


def delta(text, reason=None):
    return event({"choices": [{"delta": {"content": text}, "finish_reason": reason}]})


ANSWER = Streamed(
    [
        event({"choices": [{"delta": {"role": "assistant", "content": None}}]}),
        delta("The wheel"),
        delta(" turns.", "stop"),
        event({"choices": [], "usage": {"prompt_tokens": 30, "completion_tokens": 4}}),
        DONE,
    ]
)
WHOLE_ANSWER = Said(
    {"choices": [{"message": {"content": "The wheel turns."}, "finish_reason": "stop"}]},
    headers={"Content-Type": "application/json"},
)
NO_PATH = Said({"error": {"message": "not found"}}, 404)
REFUSED = Said({"error": {"message": "System role not supported"}}, 400)


@pytest.mark.parametrize("answer", [ANSWER, WHOLE_ANSWER])
async def test_a_chat_goes_to_chat_completions(answer):
    async with playing(**{"v1/chat/completions": answer}) as (server, remote):
        await remote.open()
        assert (remote.supports_chat, remote.prefers_chat) == (True, False)
        assert await remote.render_chat(MESSAGES) is None
        events = await reply(remote, CHAT)
        assert text_of(events) == "The wheel turns."
        assert isinstance(events[-1], Finished)
        (body,) = server.bodies(CHATS)
        assert body["messages"] == [
            {"role": "system", "content": "RULES"},
            {"role": "user", "content": "> You go."},
        ]
        assert "prompt" not in body
        assert (body["max_tokens"], body["stop"]) == (20, ["\n>"])
        assert not server.bodies(COMPLETIONS)


async def test_thinking_is_switched_off_where_the_server_hands_that_to_the_template():
    async with playing(VLLM_MODELS, **{"v1/chat/completions": ANSWER}) as (server, remote):
        await reply(remote, CHAT)
        (body,) = server.bodies(CHATS)
        assert body["chat_template_kwargs"] == {"enable_thinking": False}


async def test_a_server_without_completions_says_so_once():
    async with playing(completions=NO_PATH, **{"v1/chat/completions": ANSWER}) as (_, remote):
        with pytest.raises(ChatOnly, match="/format auto"):
            await reply(remote)
        assert remote.prefers_chat
        assert text_of(await reply(remote, CHAT)) == "The wheel turns."


async def test_rules_are_folded_where_a_server_refuses_the_system_role():
    chats = [REFUSED, REFUSED, ANSWER]
    async with playing(**{"v1/chat/completions": chats}) as (server, remote):
        assert text_of(await reply(remote, CHAT)) == "The wheel turns."
        await reply(remote, CHAT)
        folded = [{"role": "user", "content": "RULES\n\n> You go."}]
        assert [body["messages"] for body in server.bodies(CHATS)[2:]] == [folded, folded]
    async with playing(**{"v1/chat/completions": REFUSED}) as (_, remote):
        with pytest.raises(GeneratorError, match="System role"):
            await reply(remote, CHAT)


async def test_llama_cpp_renders_the_chat_and_completes_it():
    rendered = Said({"prompt": "<user>RULES > You go.<assistant>"})
    props = Said({"default_generation_settings": {"n_ctx": 1024}, "chat_template": "{{ x }}"})
    routes = {"apply-template": rendered, "props": props}
    async with playing(LLAMA_MODELS, **routes) as (server, remote):
        await remote.open()
        assert remote.supports_chat
        assert await remote.render_chat(MESSAGES) == "<user>RULES > You go.<assistant>"
        asked = server.bodies("/apply-template")[-1]
        assert asked["messages"][0] == {"role": "user", "content": "RULES\n\n> You go."}
        assert asked["chat_template_kwargs"] == {"enable_thinking": False}
    routes = {"apply-template": Said({"error": {"message": "template error"}}, 500)}
    async with playing(LLAMA_MODELS, **routes) as (_, remote):
        await remote.open()
        assert not remote.supports_chat  # it reports no template
        with pytest.raises(GeneratorError, match=r"/format completion.*template error"):
            await remote.render_chat(MESSAGES)
    for broken in (Said(b"no json"), Said({"text": "no prompt"})):
        async with playing(LLAMA_MODELS, **{"apply-template": broken}) as (_, remote):
            with pytest.raises(GeneratorError, match="did not render"):
                await remote.render_chat(MESSAGES)
