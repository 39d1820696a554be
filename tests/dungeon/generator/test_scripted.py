"""Tests that the scripted generator keeps the protocol, and fails as scripted."""

import asyncio
import json
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import GeneratorError, InputRefused, PromptTooLong
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk, Usage
from dungeon.generator.scripted import Reply, ScriptedGenerator, load_script, split_tokens
from dungeon.settings.sampling import Sampling


def request(prompt="A quiet road.", max_tokens=50, seed=1, stop=()):
    return Request(prompt, max_tokens, Sampling(), seed, stop)


async def events_of(generator, asked):
    async with aclosing(generator.stream(asked)) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextChunk))


@given(st.text())
def test_the_tokens_of_a_text_join_to_it(text):
    assert "".join(split_tokens(text)) == text


async def test_it_streams_the_script_word_by_word():
    generator = ScriptedGenerator(["You see a door.", "It opens."])
    events = await events_of(generator, request())
    assert events == [
        PrefillProgress(3, 3, 0),
        *map(TextChunk, ["You", " see", " a", " door."]),
        Finished("stop", Usage(3, 3, 4)),
    ]
    assert text_of(await events_of(generator, request())) == "It opens."
    assert await generator.count_tokens("You see a door.") == 4
    assert generator.requests == [request(), request()]


async def test_it_stops_at_a_stop_string_and_at_the_length():
    generator = ScriptedGenerator(["You wait.\n> You run.", "one two three"])
    events = await events_of(generator, request(stop=("\n>",)))
    assert (text_of(events), events[-1].reason) == ("You wait.", "stop")
    events = await events_of(generator, request(max_tokens=2))
    assert (text_of(events), events[-1].reason) == ("one two", "length")


async def test_its_prefix_cache_contains_prompt_and_reply():
    generator = ScriptedGenerator([" c d"])
    await events_of(generator, request("a b"))
    finished = (await events_of(generator, request("a b c d e", max_tokens=0)))[-1]
    assert finished == Finished("length", Usage(5, 1, 0))
    finished = (await events_of(generator, request("a b c d e f")))[-1]
    assert finished.usage.prompt_tokens_evaluated == 1
    finished = (await events_of(generator, request("x b c")))[-1]
    assert finished.usage.prompt_tokens_evaluated == 3


async def test_a_prefetch_uses_no_reply():
    generator = ScriptedGenerator(["only one"])
    await events_of(generator, request(max_tokens=0))
    assert text_of(await events_of(generator, request())) == "only one"


async def test_after_the_script_text_depends_on_seed_and_prompt():
    asked = [request(max_tokens=200, seed=seed) for seed in range(30)]
    first, second = [
        [text_of(await events_of(ScriptedGenerator(), one)) for one in asked] for _ in range(2)
    ]
    assert first == second
    assert len(set(first)) == 30
    assert all(text.startswith(("B", "S", "A", "P")) and text.endswith(".") for text in first)


async def test_a_scripted_error_is_raised():
    steps = [GeneratorError("No."), Reply("half of it", GeneratorError("Then no.")), "fine"]
    generator = ScriptedGenerator(steps)
    with pytest.raises(GeneratorError, match=r"^No\.$"):
        await events_of(generator, request())
    async with aclosing(generator.stream(request())) as events:
        assert text_of([await anext(events) for _ in range(4)]) == "half of it"
        with pytest.raises(GeneratorError, match="Then no"):
            await anext(events)
    assert text_of(await events_of(generator, request())) == "fine"


async def test_a_scripted_cut_ends_without_finished():
    events = await events_of(ScriptedGenerator([Reply("half", "cut")]), request())
    assert text_of(events) == "half"
    assert not any(isinstance(event, Finished) for event in events)


async def test_a_scripted_hang_can_be_cancelled():
    generator = ScriptedGenerator([Reply("and", "hang"), "after"])
    stream = generator.stream(request())
    while not isinstance(await anext(stream), TextChunk):
        pass
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert generator.interrupted == [request()]
    assert text_of(await events_of(generator, request())) == "after"


async def test_the_end_of_a_reply_waits_for_its_gate():
    gate = asyncio.Event()
    stream = ScriptedGenerator([Reply("half", gate=gate)]).stream(request())
    while not isinstance(await anext(stream), TextChunk):
        pass
    ending = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    assert not ending.done()
    gate.set()
    assert isinstance(await ending, Finished)


async def test_a_prompt_that_is_too_long_is_an_error():
    with pytest.raises(PromptTooLong) as failed:
        await events_of(ScriptedGenerator(context_length=3), request("a b c d"))
    assert (failed.value.prompt_tokens, failed.value.context_length) == (4, 3)


async def test_hostile_text_is_clean():
    generator = ScriptedGenerator(["You\x1b[2J fall.\u202e", Reply("\x07Ding", "cut")])
    assert text_of(await events_of(generator, request())) == "You[2J fall."
    assert text_of(await events_of(generator, request())) == "Ding"


async def test_a_script_from_a_file(tmp_path):
    script = tmp_path / "script.json"
    replies = ["One.", {"error": "Two."}, {"text": "Three", "then": "cut"}, {"text": "Four."}]
    script.write_text(json.dumps({"replies": replies, "context_length": 99}))
    generator = load_script(script)
    assert generator.model.context_length == 99
    assert text_of(await events_of(generator, request())) == "One."
    with pytest.raises(GeneratorError, match="Two"):
        await events_of(generator, request())
    assert text_of(await events_of(generator, request())) == "Three"
    assert isinstance((await events_of(generator, request()))[-1], Finished)


@pytest.mark.parametrize("text", ["", "[]", '{"replies": [7]}', '{"delay": "slow"}',
                                  '{"replies": [{"text": "x", "then": "fly"}]}'])  # fmt: skip
def test_an_invalid_script_is_refused(tmp_path, text):
    script = tmp_path / "script.json"
    script.write_text(text)
    with pytest.raises(InputRefused, match=r"script\.json"):
        load_script(script)


def test_a_missing_script_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="cannot be read"):
        load_script(tmp_path / "none.json")
