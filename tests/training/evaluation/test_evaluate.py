"""Held-out text is evaluated exactly, and the command reports it."""

import math

import pytest
import torch

from tests.training import small_models
from training.data.corpus import read_corpus, take_evenly
from training.data.documents import Document, Span
from training.data.tokens import fast_tokenizer
from training.evaluation.deadline import Deadline
from training.evaluation.evaluate import EvaluationConfig, evaluate
from training.evaluation.perplexity import evaluate_held_out
from training.evaluation.prompts import load_prompts
from training.evaluation.replies import generate_replies
from training.models.loading import load_causal_lm

TEXT = small_models.TEXT


def document(*spans):
    return Document("d", "w", "CC0-1.0", tuple(Span(text, train) for text, train in spans))


@pytest.fixture
def loaded(tmp_path):
    folder = small_models.save(
        tmp_path / "tale", small_models.gpt2(positions=256), small_models.tokenizer()
    )
    return load_causal_lm(str(folder), models=tmp_path / "models")


def uniform(tmp_path, vocabulary):
    """A model to which every token is as likely as any other, with a vocabulary of its own."""
    words = small_models.tokenizer("gpt-2", vocabulary)
    model = small_models.gpt2(positions=64, vocabulary=len(words))
    torch.nn.init.zeros_(model.transformer.wte.weight)
    folder = small_models.save(tmp_path / f"u{vocabulary}", model, words)
    return load_causal_lm(str(folder), models=tmp_path / "models")


def test_bits_per_byte_are_exact_whatever_the_tokenizer(tmp_path):
    size = len(TEXT.encode())
    for vocabulary in (300, 400):
        model = uniform(tmp_path, vocabulary)
        words = len(model.tokenizer)
        tokens = len(model.tokenizer(TEXT)["input_ids"])
        found = evaluate_held_out(model, [document((TEXT, True))]).total
        assert (found.bytes, found.tokens) == (size, tokens)
        assert found.perplexity == pytest.approx(words, rel=1e-4)
        assert found.bits_per_byte == pytest.approx(tokens * math.log2(words) / size, rel=1e-4)


def test_windows_score_each_trained_token_once_with_half_a_window_of_context(loaded):
    text = TEXT * 3
    ids = [loaded.tokenizer.eos_token_id, *fast_tokenizer(loaded.tokenizer).encode(text).ids]
    length, nats = 64, 0.0
    start, done = 0, 1
    with torch.no_grad():
        while done < len(ids):  # the plain way: window by window, token by token
            window = torch.tensor([ids[start : start + length]])
            logprobs = torch.log_softmax(loaded.model(window).logits[0].double(), -1)
            for at in range(max(done, start + 1), start + window.shape[1]):
                nats -= float(logprobs[at - start - 1, ids[at]])
            done = start + window.shape[1]
            start = done - length // 2
    found = evaluate_held_out(loaded, [document((text, True))], max_seq_length=length).total
    assert found.nats == pytest.approx(nats, rel=1e-5)
    assert found.tokens == len(ids) - 1
    whole = evaluate_held_out(loaded, [document((TEXT, True))]).total
    assert (
        evaluate_held_out(loaded, [document((TEXT, True))], max_seq_length=64).total.nats
        != whole.nats
    )


def test_context_is_not_scored(loaded):
    head, tail = TEXT[:80], TEXT[80:]
    only = evaluate_held_out(loaded, [document((head, False), (tail, True))]).total
    alone = evaluate_held_out(loaded, [document((tail, True))]).total
    assert only.bytes == pytest.approx(len(tail.encode()), abs=4)  # a token across the border
    assert only.nats != pytest.approx(alone.nats, rel=1e-4)
    assert evaluate_held_out(loaded, [document((TEXT, False))]).total.bits_per_byte is None


def test_documents_in_second_person_are_counted_separately(loaded):
    other = "The king sat in his hall, and the rain fell on the hills. " * 3
    found = evaluate_held_out(loaded, [document((TEXT, True)), document((other, True))])
    assert (found.total.documents, found.second_person.documents) == (2, 1)
    assert found.second_person.bytes == len(TEXT.encode())


def test_replies_depend_on_the_seed_and_end_at_the_players_next_line(loaded):
    asked = take_evenly(load_prompts().prompts, 3)
    first = generate_replies(loaded, asked, seed=3, batch_size=2)
    assert [reply.action for reply in first.values()] == [prompt.action for prompt in asked]
    assert generate_replies(loaded, asked, seed=3, batch_size=2) == first
    assert generate_replies(loaded, asked, seed=4, batch_size=2) != first
    assert all("\n>" not in reply.text for reply in first.values())
    assert all(reply.text for reply in first.values())


def test_replies_fit_into_a_short_context(tmp_path):
    folder = small_models.save(
        tmp_path / "short", small_models.gpt2(positions=32), small_models.tokenizer()
    )
    short = load_causal_lm(str(folder), models=tmp_path / "models")
    assert len(generate_replies(short, take_evenly(load_prompts().prompts, 2))) == 2


class Clock:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        self.seconds += 1
        return self.seconds


def test_what_is_not_finished_at_the_deadline_is_left_out_and_said(loaded, tmp_path):
    file = tmp_path / "tale.txt"
    file.write_text("<|endoftext|>".join(f"Day {n}. {TEXT}" for n in range(60)))
    config = EvaluationConfig(split="validation", prompts=30)
    messages = []
    found = evaluate(
        loaded,
        read_corpus(file),
        config,
        lambda *_: None,
        on_message=messages.append,
        deadline=Deadline(100, Clock()),
    )
    assert found.to_dict()["notes"] == list(found.notes)
    read, written = len(found.held_out.documents), len(found.replies)
    assert read == 3
    assert 0 < written < 30
    assert found.notes == (
        f"tale: the time was over after {written} of 30 replies, a random sample.",
    )
    assert "for 3 documents" in messages[0]
    assert "for 30 replies" in messages[0]
    whole = evaluate(loaded, read_corpus(file), config, lambda *_: None)
    assert set(found.replies) < set(whole.replies)
    apart = found.differences(whole)
    assert apart["held_out"]["total"]["value"] == 0
    assert apart["play"]["empty"]["value"] == 0


def test_documents_after_the_deadline_are_a_random_sample(loaded):
    documents = [document((f"Day {n}. {TEXT}", True)) for n in range(20)]
    found = evaluate_held_out(loaded, documents, is_time_over=Deadline(10, Clock()).is_over)
    numbers = [each.number for each in found.documents]
    assert 0 < len(numbers) < 20
    assert numbers == sorted(numbers) != list(range(len(numbers)))


def test_progress_is_reported_within_a_document(loaded):
    seen = []
    evaluate_held_out(
        loaded, [document((TEXT * 10, True))], max_seq_length=64, on_progress=seen.append
    )
    assert seen == sorted(seen)
    assert any(0 < done < 1 for done in seen)
    assert seen[-1] == 1
