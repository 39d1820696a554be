"""A tiny model is trained on a small corpus, from the configuration to the model folder."""

import json
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file
from torch.nn.functional import cross_entropy

from dungeon.errors import GrueError
from tests.training.recorded import Recorder, finetuning, logged, train
from tests.training.small_corpus import tiny_config, write_corpus
from training.data.corpus import read_corpus
from training.data.tokens import fast_tokenizer
from training.models.loading import load_causal_lm
from training.trainer.config import TrainResult
from training.trainer.console import EvalResult
from training.trainer.speed import measure_speed


@dataclass(frozen=True)
class Finished:
    corpus: Path
    result: TrainResult
    recorder: Recorder


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    corpus = write_corpus(folder / "corpus")
    recorder = Recorder()
    config = tiny_config(12, cost_per_hour=3.5, overrides={"max_seq_length": 256, "batch_size": 4})
    return Finished(corpus, train(corpus, folder / "model", config, reporter=recorder), recorder)


# The result ------------------------------------------------------------------------------------


def test_the_model_improves(finished: Finished) -> None:
    assert finished.result.bits_per_byte < 0.95 * finished.result.bits_per_byte_before
    losses = logged(finished.result, "loss")
    assert len(losses) == 12
    assert losses[-1] < losses[0]


def test_the_folder_contains_the_best_model_and_nothing_else(finished: Finished) -> None:
    """Bits per byte are computed again, from one document at a time and from the text itself."""
    loaded = load_causal_lm(str(finished.result.folder))
    loaded.model.set_attn_implementation("eager")
    plain = fast_tokenizer(loaded.tokenizer)
    nats, size = 0.0, 0
    for document in read_corpus(finished.corpus).documents("validation"):
        encoding = plain.encode(document.text, add_special_tokens=False)
        ids = torch.tensor([encoding.ids])
        with torch.no_grad():
            logits = loaded.model(ids).logits[0, :-1]
        losses = cross_entropy(logits, ids[0, 1:], reduction="none")
        context, trained = (span.text for span in document.spans)
        ends = torch.tensor([end for _, end in encoding.offsets[1:]])
        nats += float(losses[ends > len(context)].sum())
        size += len(trained.encode())
    assert nats / math.log(2) / size == pytest.approx(finished.result.bits_per_byte, rel=1e-4)
    assert not (finished.result.folder / ".training").exists()
    assert (finished.result.folder / "grue.json").is_file()


def test_progress_is_reported(finished: Finished) -> None:
    recorder = finished.recorder
    assert any("batch size" in message and "set by you" in message for message in recorder.messages)
    assert any(
        "learning rate" in message and "random weights" in message for message in recorder.messages
    )
    assert [result.step for result in recorder.evaluations] == [0, 4, 8, 12]
    assert all(len(result.samples) == 3 for result in recorder.evaluations)
    assert recorder.steps[-1].step == 12
    assert recorder.steps[-1].tokens_per_second > 0
    assert recorder.steps[-1].mfu is None  # the peak of this CPU is not known
    assert finished.result.cost == pytest.approx(finished.result.seconds * 3.5 / 3600)


# Variations -----------------------------------------------------------------------------------


def test_small_micro_batches_give_the_gradients_of_large_ones(tmp_path: Path, corpus: Path) -> None:
    """However unevenly tokens with a loss are spread over them."""
    first, second = (
        train(corpus, tmp_path / f"{n}", finetuning(tmp_path, 3, overrides={"micro_batch_size": n}))
        for n in (8, 1)
    )
    assert second.plan.gradient_accumulation_steps == 8
    for name in ("loss", "grad_norm", "eval_loss"):
        assert logged(second, name) == pytest.approx(logged(first, name), rel=1e-3)


def test_out_of_memory_shrinks_the_micro_batch_and_keeps_the_batch(
    tmp_path: Path, corpus: Path
) -> None:
    def small(reference: str) -> Any:
        """Return a base on a device that holds two rows."""
        loaded = load_causal_lm(reference)
        whole = loaded.model.forward

        def forward(input_ids: torch.Tensor, **rest: Any) -> Any:
            if len(input_ids) > 2:
                raise torch.OutOfMemoryError
            return whole(input_ids=input_ids, **rest)

        loaded.model.forward = forward
        return loaded

    recorder = Recorder()
    roomy = train(
        corpus, tmp_path / "roomy", finetuning(tmp_path, 3, overrides={"micro_batch_size": 8})
    )
    tight = train(
        corpus,
        tmp_path / "tight",
        finetuning(tmp_path, 3, overrides={"micro_batch_size": 8}),
        load=small,
        measure=measure_speed,
        reporter=recorder,
    )
    assert (tight.plan.micro_batch_size, tight.plan.gradient_accumulation_steps) == (2, 4)
    assert tight.plan.batch_size == roomy.plan.batch_size
    assert logged(tight, "loss", "grad_norm") == pytest.approx(
        logged(roomy, "loss", "grad_norm"), rel=1e-3
    )
    assert sum("Out of memory" in message for message in recorder.messages) == 2


def test_out_of_memory_with_a_single_row_is_reported(tmp_path: Path, corpus: Path) -> None:
    def none(reference: str) -> Any:
        loaded = load_causal_lm(reference)
        whole = loaded.model.forward

        def forward(input_ids: torch.Tensor, **rest: Any) -> Any:
            if input_ids.shape[1] == 64:  # a row, not the check of the attention
                raise torch.OutOfMemoryError
            return whole(input_ids=input_ids, **rest)

        loaded.model.forward = forward
        return loaded

    config = finetuning(tmp_path, 3, overrides={"micro_batch_size": 1})
    with pytest.raises(GrueError, match="does not hold 1 row of 64 tokens"):
        train(corpus, tmp_path / "out", config, load=none, measure=measure_speed)


def test_an_adapter_is_trained_and_loaded_again(tmp_path: Path, corpus: Path) -> None:
    result = train(corpus, tmp_path / "out", finetuning(tmp_path, 4, method="lora"))
    assert result.bits_per_byte < result.bits_per_byte_before
    assert not (result.folder / "model.safetensors").exists()
    weights = load_file(result.folder / "adapter_model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {"float16"}
    again = load_causal_lm(str(result.folder))
    assert again.base is not None
    assert again.base.name == "base"


def test_training_stops_early_without_improvement(tmp_path: Path, corpus: Path) -> None:
    overrides = {
        "learning_rate": 10.0,
        "eval_steps": 1,
        "early_stopping_patience": 2,
        "warmup_steps": 0,
    }
    recorder = Recorder()
    result = train(
        corpus, tmp_path / "out", finetuning(tmp_path, 12, overrides=overrides), reporter=recorder
    )
    assert result.steps < 12
    assert result.steps == result.best_step + 2
    assert not result.stopped
    assert any("no better than" in message for message in recorder.messages)
    assert (result.folder / "grue.json").is_file()


def test_a_loss_that_is_not_finite_ends_training(tmp_path: Path, corpus: Path) -> None:
    config = finetuning(tmp_path, 8, overrides={"learning_rate": 1e30, "warmup_steps": 0})
    with pytest.raises(GrueError, match="lower --learning-rate"):
        train(corpus, tmp_path / "out", config)


def test_a_checkpoint_that_cannot_be_written_is_reported(tmp_path: Path, corpus: Path) -> None:
    saves = tmp_path / "out" / ".training" / "checkpoints"

    def in_the_way(result: EvalResult) -> None:
        if saves.is_dir():
            shutil.rmtree(saves)
            saves.touch()

    with pytest.raises(GrueError, match=r"step 4 cannot be written.*--resume"):
        train(
            corpus,
            tmp_path / "out",
            finetuning(tmp_path, 8),
            reporter=Recorder(on_evaluation=in_the_way),
        )


def test_the_record_states_the_epochs_that_were_trained(tmp_path: Path, corpus: Path) -> None:
    overrides = {"batch_size": 8, "eval_steps": 2, "epochs": 3}
    result = train(corpus, tmp_path / "out", finetuning(tmp_path, 5, overrides=overrides))
    recipe = json.loads((result.folder / "grue.json").read_text())["recipe"]
    per_epoch = recipe["steps"] / recipe["epochs_trained"]
    assert (recipe["steps"], recipe["epochs"]) == (5, 3)
    assert recipe["epochs_trained"] < 3
    assert recipe["best_epoch"] == pytest.approx(recipe["best_step"] / per_epoch, abs=0.01)
    card = (result.folder / "README.md").read_text()
    assert f"| epochs trained | {recipe['epochs_trained']:.4g} |" in card
