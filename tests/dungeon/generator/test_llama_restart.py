"""Tests, on fake children that die as scripted, that a dead engine is replaced automatically."""

import asyncio
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from dungeon.errors import EngineSilent, EngineStopped
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.http_client import Timeouts
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.settings.sampling import Sampling
from tests.dungeon.generator.servers import (
    DONE,
    LLAMA_MODELS,
    LLAMA_PROPS,
    Said,
    Streamed,
    event,
    piece,
    serving,
)

REQUEST = Request("You row.", 8, Sampling(), 5, ("\n>",))
READ = event({"choices": [], "prompt_progress": {"processed": 9, "total": 9, "cache": 3}})
COST = event({"choices": [], "timings": {"cache_n": 0, "prompt_n": 11, "predicted_n": 2}})
WHOLE = Streamed([READ, piece("The"), piece(" mill"), piece("", "stop"), COST, DONE])
REST = Streamed([READ, piece(" turns"), piece(".", "stop"), COST, DONE])
DIES_READING = Streamed([READ], cut=True)
DIES_WRITING = Streamed([READ, piece("The"), piece(" mill")], cut=True)


class Child:
    """A child that serves what a test tells it, and may die unnoticed."""

    token, id = "secret", 7

    def __init__(self, stack, server):
        self.server = server
        self.address = server.address
        self.has_ended = False
        self._stack = stack

    @classmethod
    async def serving(cls, answer):
        stack = AsyncExitStack()
        return cls(stack, await stack.enter_async_context(routes(answer)))

    async def die(self):
        """Be gone, while nobody has been told yet."""
        await self._stack.aclose()

    async def kill(self):
        self.has_ended = True
        await self.die()


SETTINGS = LlamaSettings(Path("tale.gguf"), "tale")


@pytest.fixture
async def engine():
    """Return a way to make an engine whose children answer in turn: with the stream of a reply,
    with None where they are dead at once, with the error of a start that fails.
    """
    async with AsyncExitStack() as stack:

        async def made(*answers, **named):
            children = []
            left = list(answers)

            async def start(_):
                answer = left.pop(0)
                if isinstance(answer, EngineStopped):
                    raise answer
                child = await Child.serving(answer)
                if answer is None:
                    await child.die()
                children.append(child)
                return child

            generator = LlamaCppGenerator(SETTINGS, start=start, **named)
            stack.push_async_callback(generator.close)
            return generator, children

        yield made


def routes(answer):
    return serving(
        {
            "/v1/models": LLAMA_MODELS,
            "/props": LLAMA_PROPS,
            "/tokenize": Said({"tokens": [1, 2, 3]}),
            "/v1/completions": answer,
        }
    )


async def reply(generator, asked=REQUEST):
    async with aclosing(generator.stream(asked)) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextChunk))


def asked(child):
    return [(body["prompt"], body["max_tokens"]) for body in child.server.bodies("/v1/completions")]


async def test_a_child_that_dies_during_decoding_is_replaced_and_the_reply_continues(engine):
    generator, children = await engine(DIES_WRITING, REST)
    assert await reply(generator) == [
        PrefillProgress(9, 9, 3),
        *map(TextChunk, ["The", " mill", " turns", "."]),
        Finished("stop", Usage(9, 9, 4)),
    ]
    assert [asked(child) for child in children] == [[("You row.", 8)], [("You row.The mill", 6)]]
    assert [child.has_ended for child in children] == [True, False]


async def test_a_child_that_dies_during_prefill_is_replaced_and_the_prompt_read_again(engine):
    generator, children = await engine(DIES_READING, WHOLE)
    told = await reply(generator)
    assert (text_of(told), told[-1]) == ("The mill", Finished("stop", Usage(11, 11, 2)))
    assert asked(children[0]) == asked(children[1]) == [("You row.", 8)]


async def test_a_child_that_died_unnoticed_is_replaced_on_the_next_request(engine):
    generator, children = await engine(WHOLE, WHOLE, WHOLE)
    await generator.open()
    await children[0].die()
    assert await generator.count_tokens("You row.") == 3
    await children[1].die()
    assert text_of(await reply(generator)) == "The mill"
    assert [child.has_ended for child in children] == [True, True, False]


@pytest.mark.parametrize("first", [None, EngineStopped("It stopped while loading.")])
async def test_a_child_that_dies_while_it_starts_is_started_again(engine, first):
    generator, children = await engine(first, WHOLE)
    await generator.open()
    assert text_of(await reply(generator)) == "The mill"
    assert [child.has_ended for child in children][-1:] == [False]


async def test_children_that_keep_dying_are_an_error(engine):
    generator, children = await engine(DIES_WRITING, DIES_WRITING, WHOLE)
    with pytest.raises(EngineStopped, match="starts again when you try again"):
        await reply(generator)
    assert [child.has_ended for child in children] == [True, True]
    assert text_of(await reply(generator)) == "The mill"


async def test_a_child_that_cannot_be_started_is_an_error_with_the_reason(engine):
    generator, _ = await engine(*[EngineStopped("It stopped while loading.")] * 2, None, None)
    with pytest.raises(EngineStopped, match="while loading"):
        await generator.open()
    with pytest.raises(EngineStopped, match="starts again when you try again"):
        await generator.open()


async def test_a_silent_child_is_killed_and_is_an_error_at_once(engine):
    silent = Streamed([READ, piece("The"), ...])
    generator, children = await engine(silent, WHOLE, timeouts=Timeouts(decode=0.01))
    with pytest.raises(EngineSilent, match="was ended; try again"):
        await reply(generator)
    assert [child.has_ended for child in children] == [True]
    assert await generator.count_tokens("You row.") == 3


async def test_a_closed_generator_starts_no_child(engine):
    generator, children = await engine(Streamed([READ, piece("The"), ...]), WHOLE)
    events = generator.stream(REQUEST)
    while not isinstance(await anext(events), TextChunk):
        pass
    going_on = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    await generator.close()
    with pytest.raises(EngineStopped):
        await going_on
    assert [child.has_ended for child in children] == [True]
