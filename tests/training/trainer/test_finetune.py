"""A tiny model is trained on a small corpus, from the configuration to the model folder."""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.numpy import load_file
from torch.nn.functional import cross_entropy

from dungeon.errors import GrueError, InputRefused
from tests.training.small_corpus import tiny_config, write_base, write_corpus
from training.data.corpus import read_corpus
from training.data.tokens import fast_tokenizer
from training.models.loading import load_causal_lm
from training.trainer.config import StopSignal, TrainConfig, TrainResult
from training.trainer.console import EvalResult, ProgressReporter, StepStats
from training.trainer.finetune import finetune


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@dataclass
class Recorder(ProgressReporter):
    """Records progress; `on_message`, `on_step` and `on_evaluation` may react to it."""

    messages: list[str] = field(default_factory=list)
    steps: list[StepStats] = field(default_factory=list)
    evaluations: list[EvalResult] = field(default_factory=list)
    on_message: Callable[[str], None] = lambda message: None
    on_step: Callable[[StepStats], None] = lambda stats: None
    on_evaluation: Callable[[EvalResult], None] = lambda result: None

    def log(self, message: str) -> None:
        self.messages.append(message)
        self.on_message(message)

    def log_step(self, stats: StepStats) -> None:
        self.steps.append(stats)
        self.on_step(stats)

    def log_evaluation(self, result: EvalResult) -> None:
        self.evaluations.append(result)
        self.on_evaluation(result)


def train(corpus: Path, out: Path, config: TrainConfig, **rest: Any) -> TrainResult:
    return finetune(read_corpus(corpus), out, config, **{"load": load_causal_lm, **rest})


def logged(result: TrainResult, *names: str) -> list[float]:
    return [entry[name] for entry in result.history for name in names if name in entry]


def weights(folder: Path) -> dict[str, bytes]:
    return {name: each.tobytes() for name, each in load_file(folder / "model.safetensors").items()}


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


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=30)


def finetuning(tmp_path: Path, steps: int, **rest: Any) -> TrainConfig:
    base = tmp_path / "base"
    if not base.exists():
        write_base(base)
    return tiny_config(
        steps, **{"from_scratch": False, "base": str(base), "method": "full", **rest}
    )


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
    with pytest.raises(GrueError, match="does not hold 1 rows of 64 tokens"):
        train(corpus, tmp_path / "out", config, load=none)


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


# Stopping and going on ----------------------------------------------------------------------------


def test_a_stop_is_saved_and_gone_on_with_as_if_nothing_had_been(
    tmp_path: Path, corpus: Path
) -> None:
    whole = train(corpus, tmp_path / "whole", tiny_config(8))
    stop_signal = StopSignal()

    def stop(result: EvalResult) -> None:
        stop_signal.stop = stop_signal.stop or result.step == 4

    out = tmp_path / "stopped"
    stopped = train(
        corpus, out, tiny_config(8), reporter=Recorder(on_evaluation=stop), stop_signal=stop_signal
    )
    assert stopped.stopped
    assert stopped.steps < 8
    assert not (out / "grue.json").exists()
    recorder = Recorder()
    resumed = train(
        corpus, out, TrainConfig(resume=True, device="cpu", cost_per_hour=1.0), reporter=recorder
    )
    assert (resumed.stopped, resumed.steps) == (False, 8)
    assert weights(out) == weights(tmp_path / "whole")
    assert resumed.seconds > stopped.seconds
    assert resumed.bits_per_byte_before == whole.bits_per_byte_before
    assert [result.step for result in recorder.evaluations] == [8]


def test_a_stop_ends_the_evaluation_before_the_first_step(tmp_path: Path, corpus: Path) -> None:
    stop_signal = StopSignal()

    def stop(message: str) -> None:
        stop_signal.stop = stop_signal.stop or message.startswith("Evaluating")

    out, recorder = tmp_path / "out", Recorder(on_message=stop)
    stopped = train(corpus, out, tiny_config(8), reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps, stopped.bits_per_byte) == (True, 0, None)
    assert recorder.evaluations == recorder.steps == []
    assert stopped.to_dict()["bits_per_byte_before"] is None
    resumed = train(corpus, out, TrainConfig(resume=True, device="cpu"))
    assert (resumed.stopped, resumed.steps) == (False, 8)


def test_a_stop_saves_the_step_without_an_evaluation(tmp_path: Path, corpus: Path) -> None:
    """The step that an evaluation follows is logged before it begins."""
    stop_signal = StopSignal()

    def stop(stats: StepStats) -> None:
        stop_signal.stop = stop_signal.stop or stats.step == 4

    out, recorder = tmp_path / "out", Recorder(on_step=stop)
    stopped = train(corpus, out, tiny_config(8), reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps) == (True, 4)
    assert [result.step for result in recorder.evaluations] == [0]
    assert (out / ".training" / "checkpoints" / "checkpoint-4").is_dir()
    resumed = train(corpus, out, TrainConfig(resume=True, device="cpu"))
    whole = train(corpus, tmp_path / "whole", tiny_config(8))
    assert logged(resumed, "loss") == logged(whole, "loss")


def test_two_trainings_in_one_folder_are_refused(tmp_path: Path, corpus: Path) -> None:
    out, refused = tmp_path / "out", []

    def train_there_too(message: str) -> None:
        if message.startswith("Evaluating"):
            for resume in (False, True):
                with pytest.raises(InputRefused) as error:
                    train(corpus, out, tiny_config(4, resume=resume))
                refused.append(str(error.value))

    train(corpus, out, tiny_config(4), reporter=Recorder(on_message=train_there_too))
    assert len(refused) == 2
    assert all("Another process is training" in sentence for sentence in refused)
    assert (out / "grue.json").is_file()
    assert not (out / ".training").exists()


@pytest.fixture
def interrupted(tmp_path: Path, corpus: Path) -> Path:
    """Return the folder of a training that was stopped after its first step."""
    out = tmp_path / "interrupted"
    assert train(corpus, out, tiny_config(8), stop_signal=StopSignal(stop=True)).stopped
    return out


def test_a_training_is_resumed_only_with_its_own_settings(
    tmp_path: Path, corpus: Path, interrupted: Path
) -> None:
    with pytest.raises(InputRefused, match="Add --resume"):
        train(corpus, interrupted, tiny_config(8))
    with pytest.raises(InputRefused, match="leave out epochs"):
        train(corpus, interrupted, tiny_config(8, resume=True, overrides={"epochs": 3}))
    with pytest.raises(InputRefused, match="leave out base"):
        train(corpus, interrupted, replace(tiny_config(8), base="gpt2", resume=True))
    with pytest.raises(InputRefused, match="leave out seed, method"):
        train(corpus, interrupted, tiny_config(8, method="lora", seed=5, resume=True))
    other = write_corpus(tmp_path / "other", train=31)
    (other / "manifest.json").unlink()
    with pytest.raises(InputRefused, match="the corpus changed"):
        train(other, interrupted, tiny_config(8, resume=True))
    assert (interrupted / ".training" / "run.json").is_file()


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "diary.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputRefused, match="not an empty folder"):
        train(corpus, out, tiny_config(8))
    with pytest.raises(InputRefused, match="There is no training to resume"):
        train(corpus, out, tiny_config(8, resume=True))
    assert [entry.name for entry in out.iterdir()] == ["diary.txt"]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputRefused, match="cannot start in"):
        train(corpus, tmp_path / "file" / "out", tiny_config(8))


def test_a_training_that_cannot_start_leaves_nothing_behind(tmp_path: Path, corpus: Path) -> None:
    with (corpus / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{")
    with pytest.raises(InputRefused, match="line 31"):
        train(corpus, tmp_path / "out", tiny_config(8))
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputRefused, match="no shape 'gpt5'"):
        train(corpus, tmp_path / "out", replace(tiny_config(8), base="gpt5"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_moved_keeps_its_best_checkpoint(tmp_path: Path, corpus: Path) -> None:
    """The first step is the best, since the learning rate is too high; then the folder moves."""
    overrides = {"learning_rate": 10.0, "warmup_steps": 0, "eval_steps": 1}
    stop_signal = StopSignal()

    def stop(result: EvalResult) -> None:
        stop_signal.stop = stop_signal.stop or result.step == 4

    config = finetuning(tmp_path, 8, overrides=overrides)
    whole = train(corpus, tmp_path / "whole", config)
    train(
        corpus,
        tmp_path / "here",
        config,
        reporter=Recorder(on_evaluation=stop),
        stop_signal=stop_signal,
    )
    (tmp_path / "here").rename(tmp_path / "there")
    moved = train(corpus, tmp_path / "there", replace(config, resume=True))
    assert moved.best_step == whole.best_step == 1
    assert weights(tmp_path / "there") == weights(tmp_path / "whole")
