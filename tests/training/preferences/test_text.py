"""The text of a corpus is trained on next to pairs, so that it is not forgotten."""

import json
from pathlib import Path
from typing import Any

import pytest

from dungeon.errors import InputRefused
from tests.training import small_models
from tests.training.recorded import Recorder, adapter_weights
from training.data.corpus import Corpus, read_corpus
from training.data.packing import IGNORE_INDEX
from training.evaluation.perplexity import evaluate_held_out
from training.models.loading import load_causal_lm
from training.preferences.objective import Objective
from training.preferences.text import Text, read_text
from training.preferences.tune import PreferenceResult, tune
from training.trainer.config import StopSignal, TrainConfig

WORDS = ("door", "key", "lamp", "rope", "oar", "fox", "bell", "well", "cart", "coin")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.llama_folder(tmp_path_factory.mktemp("base"))


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    lines = (
        {
            "prompt": f"You see a {word}.\n\n> You take the {other}.",
            "chosen": f"The {word} is yours.",
            "rejected": f"The {word} is yours. Behind it the rain runs down the grey wall.",
        }
        for word in WORDS
        for other in WORDS[:3]
    )
    file = tmp_path / "pairs.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Forty stories, two of which are held out, of ten sources."""
    file = tmp_path / "text.jsonl"
    rows = (
        {
            "text": f"You see a {word} and a {other}.\n\n> You touch it.\n\nThe {word} is wet.",
            "source": word,
        }
        for word in WORDS
        for other in WORDS[:4]
    )
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return read_corpus(file, needs_validation=False)


def config(base: Path, *, mix: tuple[str, ...] | None = None, **overrides: Any) -> TrainConfig:
    settings = {"max_seq_length": 96, "batch_size": 4, "learning_rate": 3e-3, "max_steps": 6}
    return TrainConfig(base=str(base), device="cpu", mix=mix, overrides=settings | overrides)


RESUME = TrainConfig(resume=True, device="cpu")


def run(pairs: Path, out: Path, config: TrainConfig, **rest: Any) -> PreferenceResult:
    return tune(pairs, out, config, load=load_causal_lm, **rest)


def bits_per_byte(model: Path, corpus: Corpus) -> float:
    documents = list(corpus.documents("validation"))
    return evaluate_held_out(load_causal_lm(str(model)), documents).total.bits_per_byte


def read(corpus: Corpus, base: Path, cache: Path, *, length: int = 96, **rest: Any) -> Text:
    tokenizer = load_causal_lm(str(base)).tokenizer
    given: dict[str, Any] = {"weights": []} | rest
    return read_text(corpus, tokenizer, max_seq_length=length, cache=cache, **given)


# The batches --------------------------------------------------------------------------------------


def test_every_document_is_in_an_epoch_once_and_the_next_epoch_has_another_order(
    tmp_path: Path, base: Path, corpus: Corpus
) -> None:
    text = read(corpus, base, tmp_path)
    rows = [
        tuple(row)
        for number in range(25)  # 75 rows: all of an epoch of 38, and nearly all of the next one
        for row in _labels(text, number, 3)
    ]
    first, second = rows[:38], rows[38:]
    assert len(set(first)) == 38
    assert len(set(second)) == 37
    assert first[:37] != second
    assert [tuple(row) for row in _labels(text, 0, 3)] == first[:3]


def _labels(text: Text, number: int, size: int) -> list[list[int]]:
    labels = text.batch(number, size, seed=1)["labels"].tolist()
    return [[label for label in row if label != IGNORE_INDEX] for row in labels]


def test_a_batch_is_as_long_as_its_longest_document_and_padding_has_no_label(
    tmp_path: Path, base: Path, corpus: Corpus
) -> None:
    text = read(corpus, base, tmp_path)
    batch = text.batch(0, 4, seed=0)
    ids, labels = batch["input_ids"], batch["labels"]
    assert ids.shape == labels.shape
    longest = max(int((row != IGNORE_INDEX).nonzero().max()) + 1 for row in labels)
    assert ids.shape == (4, longest)
    assert longest < 96
    assert bool((labels[:, 0] == IGNORE_INDEX).all())
    known = labels != IGNORE_INDEX
    assert bool((ids[known] == labels[known]).all())


def test_weights_repeat_and_leave_out_documents(tmp_path: Path, base: Path, corpus: Corpus) -> None:
    everything = len(read(corpus, base, tmp_path).train)
    assert len(read(corpus, base, tmp_path, weights=["door=3"]).train) == everything + 8
    assert len(read(corpus, base, tmp_path, weights=["door=0"]).train) == everything - 4
    with pytest.raises(InputRefused, match="no work or source .doors"):
        read(corpus, base, tmp_path, weights=["doors=2"])


# The training -------------------------------------------------------------------------------------


def test_text_is_learnt_together_with_the_preference(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    settings = config(base, max_steps=12, eval_steps=6)
    alone = run(pairs, tmp_path / "alone", settings)
    recorder, out = Recorder(), tmp_path / "both"
    both = run(pairs, out, settings, corpus=corpus, reporter=recorder)
    assert alone.text_bits_per_byte is None
    assert "text" not in alone.describe()
    assert both.accuracy == 1.0
    assert both.text_bits_per_byte == pytest.approx(bits_per_byte(out, corpus), rel=0.02)
    assert both.text_bits_per_byte < 0.9 * bits_per_byte(tmp_path / "alone", corpus)
    told = f"text {both.text_bits_per_byte:.4f} bits per byte"
    assert any(told in message for message in recorder.messages)
    assert told in both.describe()
    record = json.loads((out / "grue.json").read_text(encoding="utf-8"))
    assert record["recipe"]["lm_weight"] == 1.0
    assert record["metrics"]["text_bits_per_byte"] == both.text_bits_per_byte
    assert record["corpus"]["name"] == "pairs.jsonl and text"
    assert sum(record["corpus"]["licences"].values()) == 24 + 38


def test_the_loss_of_the_text_counts_as_much_as_it_is_weighted(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    losses = []
    for weight in (1.0, 3.0):
        out, objective = tmp_path / str(weight), Objective(lm_weight=weight)
        run(pairs, out, config(base, max_steps=1), corpus=corpus, objective=objective)
        losses.append(json.loads((out / "history.json").read_text("utf-8"))[0]["loss"])
    dpo = 0.6931
    assert losses[0] - dpo > 2  # nats per token of a model with random weights
    assert losses[1] - dpo == pytest.approx(3 * (losses[0] - dpo), rel=0.01)


def test_a_stopped_run_goes_on_with_the_text_that_comes_next(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    settings = config(base, micro_batch_size=2)
    whole = run(pairs, tmp_path / "whole", settings, corpus=corpus)
    stop_signal, out = StopSignal(), tmp_path / "stopped"
    recorder = Recorder(on_step=lambda stats: setattr(stop_signal, "stop", stats.step >= 3))
    named: dict[str, Any] = {"corpus": corpus, "reporter": recorder}
    assert run(pairs, out, settings, stop_signal=stop_signal, **named).steps == 3
    resumed = run(pairs, out, RESUME, corpus=corpus)
    assert resumed.steps == 6
    assert resumed.text_bits_per_byte == pytest.approx(whole.text_bits_per_byte, rel=1e-4)
    before, after = adapter_weights(tmp_path / "whole"), adapter_weights(out)
    assert all((abs(before[name] - after[name]) < 1e-4).all() for name in before)


def test_a_stop_while_text_is_evaluated_saves_the_step_without_a_result(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_signal, out = StopSignal(), tmp_path / "out"
    batches = Text.held_out_batches

    def stopped(text: Text, size: int) -> Any:
        stop_signal.stop = True
        return batches(text, size)

    monkeypatch.setattr(Text, "held_out_batches", stopped)
    result = run(pairs, out, config(base, max_steps=2), corpus=corpus, stop_signal=stop_signal)
    assert (result.stopped, result.accuracy) == (True, None)
    monkeypatch.undo()
    assert run(pairs, out, RESUME, corpus=corpus).text_bits_per_byte is not None


def test_other_text_or_another_weight_is_not_resumed(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    out = tmp_path / "out"
    run(pairs, out, config(base), corpus=corpus, stop_signal=StopSignal(stop=True))
    with pytest.raises(InputRefused, match="leave out --lm-weight"):
        run(pairs, out, RESUME, corpus=corpus, objective=Objective(lm_weight=2.0))
    with pytest.raises(InputRefused, match="what it is trained on changed"):
        run(pairs, out, RESUME)
    corpus.path.write_text(corpus.path.read_text("utf-8") + '{"text": "More."}\n', "utf-8")
    with pytest.raises(InputRefused, match="what it is trained on changed"):
        run(pairs, out, RESUME, corpus=read_corpus(corpus.path, needs_validation=False))


def test_a_weight_without_text_is_refused(tmp_path: Path, base: Path, pairs: Path) -> None:
    with pytest.raises(InputRefused, match="--lm-weight is for the text next to --preferences"):
        run(pairs, tmp_path / "out", config(base), objective=Objective(lm_weight=2.0))
    with pytest.raises(InputRefused, match="--mix is for the text next to --preferences"):
        run(pairs, tmp_path / "out", config(base, mix=("door=2",)))
    assert not (tmp_path / "out").exists()
