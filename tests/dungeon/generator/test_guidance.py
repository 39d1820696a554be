"""Tests of guidance: its arithmetic, and that both engines draw from the same distribution."""

from contextlib import aclosing
from dataclasses import replace

import httpx
import numpy as np
import pytest
import torch

from dungeon.errors import PromptTooLong
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk
from dungeon.generator.guidance import guided_logits, guided_logits_of_likeliest, log_softmax
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings
from dungeon.generator.torch import TorchGenerator, TorchSettings
from dungeon.settings.biased_words import BiasedWords
from dungeon.settings.sampling import Sampling
from dungeon.text.phrases import BannedPhrases, normalise
from tests.training import small_models
from training.export.gguf import export_gguf
from training.models.loading import load_causal_lm

OPENING = "You are a ferryman on a wide grey river." + " You row on through the rain." * 6
ACTION = OPENING + "\n\n> You sing to the stranger."
SCALE = 2.5
GREEDY = Sampling(temperature=0, repeat_penalty=1, dry_multiplier=0, guidance=SCALE)


def guided(max_tokens=20, sampling=GREEDY, seed=5, stop=()):
    return Request(ACTION, max_tokens, sampling, seed, stop, unconditional_prompt=OPENING)


async def reply(generator, asked):
    async with aclosing(generator.stream(asked)) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextChunk))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    words = small_models.tokenizer("smollm")
    return small_models.save(
        tmp_path_factory.mktemp("models") / "llama", small_models.llama(positions=512), words
    )


@pytest.fixture(scope="module")
def gguf(folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("gguf")
    export_gguf(load_causal_lm(str(folder), models=place / "models"), place / "a.gguf", "F32")
    return place / "a.gguf"


def torch_engine(folder):
    settings = TorchSettings((folder,), device="cpu", dtype=torch.float32)
    return TorchGenerator(settings, name="a", context_length=400)


def llama_engine(gguf):
    return LlamaCppGenerator(LlamaSettings(gguf, "a", 400))


@pytest.fixture(params=["torch", "llama.cpp"])
async def generator(request, folder, gguf):
    opened = torch_engine(folder) if request.param == "torch" else llama_engine(gguf)
    yield opened
    await opened.close()


def test_guidance_leans_towards_what_the_action_makes_likelier():
    conditional = np.log(np.array([0.5, 0.3, 0.196, 0.004], np.float32))
    unconditional = np.log(np.array([0.7, 0.1, 0.1, 0.1], np.float32))
    logits = guided_logits(conditional, unconditional, 2.0)
    assert logits[3] == -np.inf  # more than 4 below the best
    found = np.exp(logits[:3] - logits[:3].max())
    expected = np.array([0.5**2 / 0.7, 0.3**2 / 0.1, 0.196**2 / 0.1])
    assert found == pytest.approx(expected / expected.max(), rel=1e-4)
    off = guided_logits(conditional, unconditional, 1.0)
    assert off[:3] - off[0] == pytest.approx(conditional[:3] - conditional[0], abs=1e-5)


def test_a_token_that_is_not_listed_without_the_action_counts_as_the_last_one_listed():
    listed = guided_logits_of_likeliest({7: -1.0, 2: -2.0}, {7: -0.5, 9: -3.0}, 2.0, 9)
    whole = guided_logits(np.float32([-1, -2]), np.float32([-0.5, -3]), 2.0)
    assert listed[[7, 2]] == pytest.approx(whole)
    assert listed[0] == -np.inf


def listed_by(document):
    (choice,) = document["choices"]
    return {e["id"]: e["logprob"] for e in choice["logprobs"]["content"][0]["top_logprobs"]}


async def test_both_engines_give_the_same_guided_log_probabilities(folder, gguf):
    child = await LlamaProcess.start(LlamaSettings(gguf, "a", 400, 1, slots=2))
    try:
        key = {"Authorization": f"Bearer {child.token}"}
        async with httpx.AsyncClient(base_url=child.address, headers=key) as client:
            listed = [
                (await client.post("/v1/completions", json={
                    "prompt": prompt, "id_slot": slot, "max_tokens": 1, "n_probs": 100,
                    "samplers": [], "temperature": 0, "logit_bias": [[">", 1e4]],
                })).json()
                for slot, prompt in enumerate((ACTION, OPENING))
            ]  # fmt: skip
    finally:
        await child.kill()
    conditional, unconditional = map(listed_by, listed)
    there = guided_logits_of_likeliest(conditional, unconditional, SCALE, 512)
    loaded = load_causal_lm(str(folder), models=folder.parent / "models")
    with torch.no_grad():
        logits = [
            loaded.model(torch.tensor([loaded.tokenizer(prompt).input_ids])).logits[0, -1].numpy()
            for prompt in (ACTION, OPENING)
        ]
    here = guided_logits(log_softmax(logits[0]), log_softmax(logits[1]), SCALE)
    both = [token for token in conditional if token in unconditional and there[token] > -np.inf]
    assert len(both) > 10
    here, there = here[both], there[both]
    assert here - here.mean() == pytest.approx(there - there.mean(), abs=0.02)


async def test_both_engines_write_the_same_guided_reply(folder, gguf):
    """It is the same until two tokens lie closer together than the engines' rounding."""
    ours, theirs = torch_engine(folder), llama_engine(gguf)
    for changes in ({}, {"repeat_penalty": 1.3}, {"dry_multiplier": 2.0, "dry_allowed_length": 1}):
        sampling = Sampling(**{**GREEDY.to_dict(), **changes})
        one, other = [await reply(each, guided(sampling=sampling)) for each in (ours, theirs)]
        assert text_of(one)[:15] == text_of(other)[:15]
    plain = Request(ACTION, 20, Sampling(**{**GREEDY.to_dict(), "guidance": 1.0}), 5)
    assert text_of(await reply(theirs, plain)) != text_of(other)
    await ours.close()
    await theirs.close()


async def test_guided_replies_stream_stop_and_keep_both_prompts(generator):
    ahead = Request(OPENING, 0, GREEDY, 0, unconditional_prompt=OPENING)
    events = await reply(generator, ahead)
    assert text_of(events) == ""
    (finished,) = [event for event in events if isinstance(event, Finished)]
    assert finished.usage.prompt_tokens == finished.usage.prompt_tokens_evaluated > 0
    whole = await reply(generator, guided())
    progress = [event for event in whole if isinstance(event, PrefillProgress)]
    assert progress[-1].done == progress[-1].total == whole[-1].usage.prompt_tokens
    assert whole[-1].usage.prompt_tokens_evaluated < finished.usage.prompt_tokens / 2
    assert whole[-1].usage.tokens == 20
    async with aclosing(generator.stream(guided(300))) as stream:
        while not isinstance(await anext(stream), TextChunk):
            pass  # and closed in the middle of the reply
    again = await reply(generator, guided())
    assert text_of(again) == text_of(whole)
    mark = text_of(whole)[3:6]
    (*_, stopped) = cut = await reply(generator, guided(stop=(mark,)))
    assert stopped.reason == "stop"
    assert text_of(cut) == text_of(whole).partition(mark)[0]
    with pytest.raises(PromptTooLong):
        await reply(generator, Request(ACTION * 9, 5, GREEDY, 0, unconditional_prompt=OPENING))
    assert text_of(await reply(generator, guided())) == text_of(whole)


async def test_the_second_prompt_costs_nothing_until_a_reply_is_guided(gguf):
    slots = []

    async def start(settings):
        slots.append(settings.slots)
        return await LlamaProcess.start(settings)

    generator = LlamaCppGenerator(LlamaSettings(gguf, "a", 400), start=start)
    off = guided(2, replace(GREEDY, guidance=1.0))
    finished = (await reply(generator, off))[-1]
    assert finished.usage.prompt_tokens == await generator.count_tokens(ACTION)  # one prompt
    assert slots == [1]
    await reply(generator, guided(2))
    assert slots == [1, 2]
    await generator.close()


async def test_a_guided_reply_is_rewound_at_a_banned_phrase(generator):
    free = text_of(await reply(generator, guided()))
    banned = BannedPhrases([next(word for word in normalise(free).split() if word.isascii())])
    assert banned.scan(free, is_whole=True).phrase_start is not None
    warm = Sampling(**{**GREEDY.to_dict(), "temperature": 1.0})
    chunks = await reply(generator, replace(guided(sampling=warm), lists_alternatives=True))
    listed = [each for each in chunks if isinstance(each, TextChunk) and each.alternatives]
    assert listed
    for chunk in listed:
        others = sum(other.probability for other in chunk.alternatives)
        assert 0 < chunk.probability <= 1 - others + 1e-6
    events = await reply(generator, replace(guided(), banned_phrases=banned))
    assert banned.scan(text_of(events), is_whole=True).phrase_start is None


async def test_a_word_stays_away_from_a_guided_reply_of_either_engine(generator):
    words = [chunk for chunk in await tokens_of(generator, guided()) if chunk[1:].isalpha()]
    unwanted = next(word for word in words if word.startswith(" "))
    asked = replace(guided(), biased_words=(BiasedWords(unwanted.strip(), -20.0),))
    assert unwanted not in await tokens_of(generator, asked)


async def test_a_word_comes_into_a_guided_reply_of_either_engine(generator):
    """Also one that is implausible there, or whose token is the highest of the vocabulary."""
    tokenizer = small_models.tokenizer("smollm")
    last = range(len(tokenizer) - 8, len(tokenizer))
    assert last[0] > max(tokenizer(ACTION).input_ids)
    for wanted in map(tokenizer.decode, last):
        asked = replace(guided(4), biased_words=(BiasedWords(wanted.strip(), 20.0),))
        written = await tokens_of(generator, asked)
        assert written
        assert all(piece.strip().lower() in wanted for piece in written)


async def tokens_of(generator, asked):
    return [each.text for each in await reply(generator, asked) if isinstance(each, TextChunk)]
