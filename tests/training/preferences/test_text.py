"""The text of a corpus is trained on next to pairs, so that it is not forgotten."""

import json
from dataclasses import replace
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
from training.trainer.run_folder import RunFolder

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


def read(corpus: Corpus, base: Path, cache: Path, **rest: Any) -> Text:
    tokenizer = load_causal_lm(str(base)).tokenizer
    given: dict[str, Any] = {"weights": [], "seed": 1, "pairs_per_step": 6, "max_seq_length": 96}
    return read_text(corpus, tokenizer, cache=cache, **given | rest)


# The rows -----------------------------------------------------------------------------------------


def test_every_document_is_in_an_epoch_once_and_the_next_epoch_has_another_order(
    tmp_path: Path, base: Path, corpus: Corpus
) -> None:
    text = read(corpus, base, tmp_path)
    assert text.rows_per_step == 3
    rows = [row for step in range(25) for row in _labelled(text, step)]
    first, second = rows[:38], rows[38:]  # 75 rows: an epoch of 38, and nearly all of the next one
    assert len(set(first)) == 38
    assert len(set(second)) == 37
    assert first[:37] != second
    assert _labelled(text, 0) == first[:3]


def _labelled(text: Text, step: int, parts: int = 1) -> list[tuple[int, ...]]:
    batches = (text.step_part(step, part, parts)[0] for part in range(parts))
    return [
        tuple(label for label in row if label != IGNORE_INDEX)
        for batch in batches
        if batch is not None
        for row in batch["labels"].tolist()
    ]


@pytest.mark.parametrize("parts", [2, 3, 6])
def test_the_rows_of_a_step_are_divided_among_its_micro_batches(
    tmp_path: Path, base: Path, corpus: Corpus, parts: int
) -> None:
    text = read(corpus, base, tmp_path)
    assert _labelled(text, 5, parts) == _labelled(text, 5)
    tokens = {text.step_part(5, part, parts)[1] for part in range(parts)}
    assert tokens == {sum(map(len, _labelled(text, 5)))}


def test_a_batch_is_as_long_as_its_longest_document_and_padding_has_no_label(
    tmp_path: Path, base: Path, corpus: Corpus
) -> None:
    batch, _ = read(corpus, base, tmp_path, pairs_per_step=8).step_part(0, 0, 1)
    assert batch is not None
    ids, labels = batch["input_ids"], batch["labels"]
    longest = max(int((row != IGNORE_INDEX).nonzero().max()) + 1 for row in labels)
    assert ids.shape == labels.shape == (4, longest)
    assert longest < 96
    assert bool((labels[:, 0] == IGNORE_INDEX).all())
    known = labels != IGNORE_INDEX
    assert bool((ids[known] == labels[known]).all())


def test_only_replies_are_labelled_where_only_replies_are_trained_on(
    tmp_path: Path, base: Path, corpus: Corpus
) -> None:
    everything = read(corpus, base, tmp_path)
    replies = read(replace(corpus, train_on="replies"), base, tmp_path)
    assert len(replies.train) == len(everything.train)
    assert replies.train.trained_tokens < everything.train.trained_tokens


def test_weights_repeat_and_leave_out_documents(tmp_path: Path, base: Path, corpus: Corpus) -> None:
    everything = len(read(corpus, base, tmp_path).train)
    repeated = read(corpus, base, tmp_path, weights=["door=3"])
    assert len(repeated.train) == everything + 8
    assert any("mix door × 3: 4 → 12 documents" in line for line in repeated.describe())
    assert len(read(corpus, base, tmp_path, weights=["door=0"]).train) == everything - 4


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
    assert both.text_bits_per_byte_before == pytest.approx(bits_per_byte(base, corpus), rel=0.1)
    told = f"text {both.text_bits_per_byte:.4f} bits per byte"
    assert any(told in message for message in recorder.messages)
    assert f"→ {both.text_bits_per_byte:.4f} bits per byte" in both.describe()
    assert ("Evaluating held-out text", 2, 2) in recorder.progress
    record = json.loads((out / "grue.json").read_text(encoding="utf-8"))
    assert record["recipe"]["lm_weight"] == 1.0
    assert record["metrics"]["text_bits_per_byte"] == both.text_bits_per_byte
    assert record["recipe"]["text"] == {"name": "text", "sha256": corpus.sha256}
    assert record["corpus"]["name"] == "pairs.jsonl"
    assert sum(record["corpus"]["licences"].values()) == 24 + 38


@pytest.mark.parametrize("micro_batch_size", [1, 2])
def test_smaller_micro_batches_train_on_the_same_text(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus, micro_batch_size: int
) -> None:
    """Documents of different lengths count by their tokens, however they are divided."""
    lines = corpus.path.read_text("utf-8").splitlines()
    longer = (json.dumps({"text": f"{'The rain runs down. ' * n}You wait."}) for n in range(9))
    corpus.path.write_text("\n".join([*lines, *longer]) + "\n", "utf-8")
    text = read_corpus(corpus.path, needs_validation=False)
    losses = []
    for size in (4, micro_batch_size):
        out = tmp_path / str(size)
        run(pairs, out, config(base, max_steps=2, micro_batch_size=size), corpus=text)
        losses.append([e["loss"] for e in json.loads((out / "history.json").read_text("utf-8"))])
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


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
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    stop_signal, out = StopSignal(), tmp_path / "out"
    recorder = Recorder()

    def stop_in_training(activity: str, done: int, total: int) -> None:
        stop_signal.stop = activity == "Evaluating held-out text" and bool(recorder.steps)

    recorder.on_progress = stop_in_training
    named: dict[str, Any] = {"corpus": corpus, "reporter": recorder, "stop_signal": stop_signal}
    result = run(pairs, out, config(base, max_steps=2, eval_steps=2), **named)
    assert (result.stopped, result.steps, result.accuracy) == (True, 2, None)
    assert run(pairs, out, RESUME, corpus=corpus).text_bits_per_byte is not None


def test_other_text_or_another_weight_is_not_resumed(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    out = tmp_path / "out"
    run(pairs, out, config(base), corpus=corpus, stop_signal=StopSignal(stop=True))
    with pytest.raises(InputRefused, match="leave out --lm-weight"):
        run(pairs, out, RESUME, corpus=corpus, objective=Objective(lm_weight=2.0))
    with pytest.raises(InputRefused, match="is also on the text of a corpus: name it again"):
        run(pairs, out, RESUME)
    with pytest.raises(InputRefused, match="grue train CORPUS --preferences FILE -o"):
        RunFolder(out).recorded_corpus()
    corpus.path.write_text(corpus.path.read_text("utf-8") + '{"text": "More."}\n', "utf-8")
    with pytest.raises(InputRefused, match="what it is trained on changed"):
        run(pairs, out, RESUME, corpus=read_corpus(corpus.path, needs_validation=False))


def test_a_run_without_text_is_not_resumed_with_some(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    out = tmp_path / "out"
    run(pairs, out, config(base), stop_signal=StopSignal(stop=True))
    with pytest.raises(InputRefused, match="was started without a CORPUS: leave it out"):
        run(pairs, out, RESUME, corpus=corpus)


def test_a_corpus_that_holds_nothing_out_is_trained_on(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    corpus.path.write_text("\n".join(corpus.path.read_text("utf-8").splitlines()[:5]), "utf-8")
    text, recorder = read_corpus(corpus.path, needs_validation=False), Recorder()
    settings = config(base, max_steps=1)
    result = run(pairs, tmp_path / "out", settings, corpus=text, reporter=recorder)
    assert result.text_bits_per_byte is None
    assert any("none is held out" in message for message in recorder.messages)
    record = json.loads((tmp_path / "out" / "grue.json").read_text(encoding="utf-8"))
    assert "text_bits_per_byte" not in record["metrics"]


def test_a_refused_corpus_leaves_nothing(
    tmp_path: Path, base: Path, pairs: Path, corpus: Corpus
) -> None:
    with pytest.raises(InputRefused, match=r"no work or source .doors.\. Did you mean `door`"):
        run(pairs, tmp_path / "out", config(base, mix=("doors=2",)), corpus=corpus)
    assert not (tmp_path / "out").exists()


def test_a_weight_without_text_is_refused(tmp_path: Path, base: Path, pairs: Path) -> None:
    with pytest.raises(InputRefused, match="--lm-weight is for the text next to --preferences"):
        run(pairs, tmp_path / "out", config(base), objective=Objective(lm_weight=2.0))
    with pytest.raises(InputRefused, match="--mix is for the text next to --preferences"):
        run(pairs, tmp_path / "out", config(base, mix=("door=2",)))
    assert not (tmp_path / "out").exists()
