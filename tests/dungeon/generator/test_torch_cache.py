"""Tests of the caches, and of guidance in one batch, on tiny models."""

import gc
from itertools import islice, pairwise

import pytest
import torch
import transformers

from dungeon.generator import torch as torch_generator
from dungeon.generator.torch_cache import PrefixCache, growing_cache
from dungeon.generator.torch_decoding import Guide, TorchDecoder
from dungeon.generator.torch_layers import use_fast_layers
from dungeon.generator.torch_memory import use_huge_pages
from dungeon.settings.sampling import Sampling
from tests.rows import every_row
from tests.training import small_models

GREEDY = Sampling(temperature=0, repeat_penalty=1, dry_multiplier=0)
STORY = "You are a ferryman on a wide grey river. You row on through the rain."
ACTION = f"{STORY}\n\n> You sing to the stranger."


@pytest.fixture(params=["gpt2", "llama"])
def decoder(request):
    make = {"gpt2": small_models.gpt2, "llama": small_models.llama}[request.param]
    words = "gpt-2" if request.param == "gpt2" else "smollm"
    return TorchDecoder(make(positions=256), small_models.tokenizer(words))


def prefix_of(decoder, make=growing_cache):
    return PrefixCache(lambda: make(decoder.model.config), is_static=False)


def write(decoder, prompt, prefix, guide=None, tokens=12, steps=None):
    reply = decoder.continuation(decoder.encode(prompt), GREEDY, 1)
    events = decoder.decode([reply], tokens, prefix=prefix, guide=guide)
    text = "".join(step[0] for step in islice(events, steps))
    events.close()
    return text, reply.cached_tokens


def dynamic_cache(config):
    return transformers.DynamicCache(config=config)


def test_a_cache_grows_in_place_and_holds_the_same(decoder):
    growing, copying = prefix_of(decoder), prefix_of(decoder, dynamic_cache)
    for prompt in (STORY, ACTION, STORY, STORY[:20]):
        assert write(decoder, prompt, growing) == write(decoder, prompt, copying)
    layer = growing.past.layers[0]
    room = layer.keys.data_ptr()
    decoder.forward([[5]], len(growing.ids), growing.past)
    assert layer.keys.data_ptr() == room
    assert growing.is_growing
    assert not copying.is_growing


def test_guidance_in_one_batch_is_that_of_two_passes(decoder):
    """Also where the two prompts differ in the middle, or none is the other's beginning."""
    one, two, other = prefix_of(decoder), prefix_of(decoder), prefix_of(decoder)
    empty = decoder.encode(STORY)
    differing = decoder.encode(STORY.replace("rain", "snow and the long cold night"))
    for guiding in (empty, differing, decoder.encode("It snows."), decoder.encode(ACTION)):
        for scale in (1.5, 3.0):
            batched, _ = write(decoder, ACTION, one, Guide(guiding, scale))
            passes, _ = write(decoder, ACTION, two, Guide(guiding, scale, other))
            assert batched == passes


def test_the_prefix_outlives_a_guided_reply(decoder):
    prefix = prefix_of(decoder)
    empty = decoder.encode(STORY)
    write(decoder, STORY, prefix, Guide(empty, 2.0), tokens=0)  # read ahead
    text, cached = write(decoder, ACTION, prefix, Guide(empty, 2.0))
    assert cached == 2 * (len(empty) - 1)
    assert prefix.past.layers[0].keys.shape[0] == 1
    again, cached = write(decoder, ACTION, prefix)
    assert cached == len(decoder.encode(ACTION)) - 1
    assert again == write(decoder, ACTION, prefix_of(decoder))[0]
    write(decoder, ACTION, prefix, Guide(empty, 2.0), steps=2)  # and closed in the middle
    assert write(decoder, ACTION, prefix, Guide(empty, 2.0))[0] == text


@every_row("make", [small_models.gpt2, small_models.llama])
def test_fast_layers_give_the_same_logits(make):
    model = make()
    texts = [torch.tensor([ids]) for ids in ([1, 2, 3], [4])]
    before = [model(ids).logits for ids in texts]
    use_fast_layers(model)
    kinds = {type(layer).__name__ for layer in model.modules()}
    assert "OneRowLinear" in kinds
    assert not kinds & {"Conv1D", "Linear", "NewGELUActivation"}
    for ids, logits in zip(texts, before, strict=True):
        assert torch.allclose(model(ids).logits, logits, atol=1e-5)


def test_fast_layers_keep_the_output_layer_tied():
    model = small_models.gpt2()
    use_fast_layers(model)
    assert model.lm_head.weight is model.transformer.wte.weight


@every_row("make", [small_models.gpt2, small_models.llama])
def test_huge_pages_hold_the_same_weights(make):
    model = make()
    ids = torch.tensor([[1, 2, 3]])
    before, tied = model(ids).logits, model.lm_head.weight is model.get_input_embeddings().weight
    use_huge_pages(model)
    gc.collect()
    assert torch.equal(model(ids).logits, before)
    assert (model.lm_head.weight is model.get_input_embeddings().weight) == tied
    places = sorted((each.data_ptr(), each.nbytes) for each in model.parameters())
    for (place, size), (next_place, _) in pairwise(places):
        assert place % 64 == 0
        assert 0 <= next_place - place - size < 64


@pytest.mark.parametrize("has_units", [True, False])
def test_a_cpu_gets_bfloat16_only_with_instructions_for_it(monkeypatch, has_units):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": has_units})
    expected = torch.bfloat16 if has_units else torch.float32
    assert torch_generator._best_dtype("cpu") == expected
    assert torch_generator._best_dtype("cuda") == torch.bfloat16
