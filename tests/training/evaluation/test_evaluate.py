"""Held-out text is evaluated exactly, and the command reports it."""

import json
import math

import pytest
import torch

from dungeon.cli import main
from tests.training import small_models
from training.data.corpus import Document, Span, take_evenly
from training.data.tokens import fast_tokenizer
from training.evaluation.evaluate import generate_replies
from training.evaluation.perplexity import evaluate_held_out
from training.evaluation.prompts import load_prompts
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
    assert [reply.action for reply in first] == [prompt.action for prompt in asked]
    assert generate_replies(loaded, asked, seed=3, batch_size=2) == first
    assert generate_replies(loaded, asked, seed=4, batch_size=2) != first
    assert all("\n>" not in reply.text for reply in first)
    assert all(reply.text for reply in first)


def test_replies_fit_into_a_short_context(tmp_path):
    folder = small_models.save(
        tmp_path / "short", small_models.gpt2(positions=32), small_models.tokenizer()
    )
    short = load_causal_lm(str(folder), models=tmp_path / "models")
    assert len(generate_replies(short, take_evenly(load_prompts().prompts, 2))) == 2


@pytest.fixture
def corpus(tmp_path):
    folder = tmp_path / "corpus"
    folder.mkdir()
    for split, count in (("train", 3), ("validation", 2), ("test", 4)):
        records = (
            {"id": f"{split}{n}", "work": "w", "licence": "CC0-1.0",
             "spans": [{"text": f"Day {n}. {TEXT}", "train": True}]}
            for n in range(count)
        )  # fmt: skip
        (folder / f"{split}.jsonl").write_text("\n".join(map(json.dumps, records)))
    (folder / "manifest.json").write_text("{}")
    return folder


def grue(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["evaluate", *map(str, arguments)])
    return left.value.code


def test_the_command_evaluates_a_model_and_its_baseline(tmp_path, corpus, capsys):
    one = small_models.save(
        tmp_path / "one", small_models.gpt2(1, positions=256), small_models.tokenizer()
    )
    two = small_models.save(
        tmp_path / "two", small_models.gpt2(2, positions=256), small_models.tokenizer()
    )
    options = ["--corpus", corpus, "--prompts", 4, "--device", "cpu"]
    assert grue(one, *options, "--baseline", two, "--json") == 0
    output = capsys.readouterr()
    document = json.loads(output.out)
    held = document["model"]["held_out"]
    assert (held["split"], held["documents"]) == ("test", 4)
    assert held["bytes"] == sum(len(f"Day {n}. {TEXT}".encode()) for n in range(4))
    assert held["bits_per_byte"] != document["baseline"]["held_out"]["bits_per_byte"]
    assert document["model"]["play"]["prompts"] == 4
    assert set(document["model"]["play"]["metrics"]) >= {"second_person", "loops", "assistant"}
    assert "one: 4 of 4 documents" in output.err
    assert "two: 4 of 4 replies" in output.err
    assert grue(one, *options, "--baseline", two) == 0
    table = capsys.readouterr().out
    assert f"{held['bits_per_byte']:.4f}" in table
    assert "%" in table.split("bits per byte")[1].splitlines()[0]


def test_the_command_reads_fewer_documents_and_skips_play(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    assert grue(one, "--corpus", corpus, "--prompts", 0, "--documents", 2, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"]["held_out"]["documents"] == 2
    assert document["model"]["play"]["metrics"] == {}


def test_metrics_are_recorded_in_the_model_folder_on_request(tmp_path, corpus, capsys):
    one = small_models.gpt2_folder(tmp_path / "one")
    assert grue(one, "--corpus", corpus, "--record") == 2
    assert "--record" in capsys.readouterr().err
    (one / "grue.json").write_text('{"metrics": {"kept": 1}}')
    assert grue(one, "--corpus", corpus, "--prompts", 0, "--record") == 0
    metrics = json.loads((one / "grue.json").read_text())["metrics"]
    assert metrics["kept"] == 1
    assert metrics["evaluation"]["held_out"]["bits_per_byte"] > 0
