"""Tests of the decoding loop that the game and the trainer share."""

from dataclasses import replace
from threading import Event

import pytest
import torch

from dungeon.generator import torch_decoding
from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.settings.biased_words import BiasedWords
from dungeon.settings.sampling import Sampling
from tests.training import small_models

TEXT = small_models.TEXT
GREEDY = Sampling(temperature=0, repeat_penalty=1, dry_multiplier=0)


@pytest.fixture(params=["gpt2", "llama"])
def decoder(request):
    """A decoder that counts the forward passes of its model."""
    model = getattr(small_models, request.param)(positions=256)
    words = small_models.tokenizer("gpt-2" if request.param == "gpt2" else "smollm")
    decoder = TorchDecoder(model, words)
    decoder.passes = 0

    def count(*_):
        decoder.passes += 1

    model.register_forward_pre_hook(count)
    return decoder


@pytest.mark.parametrize("temperature", [0.0, 0.7])
def test_a_sequence_does_not_depend_on_the_rest_of_its_batch(decoder, monkeypatch, temperature):
    """Shorter prompts are padded on the left, some for more than a whole chunk of the prefill."""
    monkeypatch.setattr(torch_decoding, "PREFILL_CHUNK", 16)
    sampling = replace(GREEDY, temperature=temperature)
    prompts = [decoder.encode(text) for text in (TEXT, TEXT[:20], TEXT[:200])]
    assert len(prompts[0]) > len(prompts[1]) + 32

    def complete(*numbers):
        batch = [decoder.continuation(prompts[n], sampling, seed=n) for n in numbers]
        return decoder.complete(batch, 12)

    assert complete(0, 1, 2) == [*complete(0), *complete(1), *complete(2)]


def test_logits_are_those_of_the_whole_model(decoder):
    ids = decoder.encode(TEXT)[:40]
    with torch.no_grad():
        expected = decoder.model(torch.tensor([ids])).logits[0].numpy()
    first, past = decoder.forward([ids[:30]], 0, None)
    second, _ = decoder.forward([ids[30:]], 30, past)
    assert first[0] == pytest.approx(expected[29], abs=1e-4)
    assert second[0] == pytest.approx(expected[39], abs=1e-4)


def ending_decoder():
    """A decoder whose model writes nothing but the end of text."""
    model, words = small_models.gpt2(positions=256), small_models.tokenizer()
    torch.nn.init.zeros_(model.transformer.ln_f.weight)
    model.transformer.ln_f.bias.data = model.transformer.wte.weight.data[words.eos_token_id] * 99
    return TorchDecoder(model, words)


def test_the_end_of_text_ends_the_decoding_unless_all_steps_are_wanted():
    decoder = ending_decoder()
    for stops_early, steps in ((True, 1), (False, 5)):
        continuation = decoder.continuation(decoder.encode(TEXT), GREEDY, seed=0)
        texts = list(decoder.decode([continuation], 5, stops_early=stops_early))
        assert texts == [[""]] * steps
        assert (continuation.finish_reason, continuation.tokens) == ("stop", 0)


def test_nothing_is_read_after_the_last_token_or_a_cancellation(decoder):
    prompt = decoder.encode("You wait.")
    decoder.complete([decoder.continuation(prompt, GREEDY, seed=0)], 4)
    assert decoder.passes == 4
    cancelled, decoder.passes = Event(), 0
    for _ in decoder.decode([decoder.continuation(prompt, GREEDY, seed=0)], 4, cancelled=cancelled):
        cancelled.set()
    assert decoder.passes == 1


def test_a_biased_word_stays_away_or_comes_again_and_again(decoder):
    def tokens(*biased):
        prompt = decoder.encode(TEXT)
        bias = decoder.logit_bias(biased)
        continuation = decoder.continuation(prompt, GREEDY, seed=0, logit_bias=bias)
        return [text for [text] in decoder.decode([continuation], 30)]

    word = next(text for text in tokens() if text[:1] == " " and text[1:].isalpha())
    assert word not in tokens(BiasedWords(word.strip(), -20.0))
    assert tokens(BiasedWords(word.strip(), 20.0)).count(word) > tokens().count(word)
