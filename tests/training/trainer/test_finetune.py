"""A tiny model learns a small corpus, from the order to the folder."""

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
from tests.training.small_corpus import order, write_base, write_corpus
from training.data.corpus import read_corpus
from training.data.tokens import fast_tokenizer
from training.models.loading import load_causal_lm
from training.trainer.config import StopSignal, TrainConfig, TrainResult
from training.trainer.console import EvalResult, StepStats
from training.trainer.finetune import finetune


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@dataclass
class Ear:
    """Remembers what it is told; `on_look` may do something about it."""

    notes: list[str] = field(default_factory=list)
    paces: list[StepStats] = field(default_factory=list)
    looks: list[EvalResult] = field(default_factory=list)
    on_look: Callable[[EvalResult], None] = lambda look: None

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def pace(self, pace: StepStats) -> None:
        self.paces.append(pace)

    def look(self, look: EvalResult) -> None:
        self.looks.append(look)
        self.on_look(look)


def train(corpus: Path, out: Path, wanted: TrainConfig, **rest: Any) -> TrainResult:
    return finetune(read_corpus(corpus), out, wanted, **{"load": load_causal_lm, **rest})


def noted(outcome: TrainResult, *names: str) -> list[float]:
    return [entry[name] for entry in outcome.history for name in names if name in entry]


def weights(folder: Path) -> dict[str, bytes]:
    return {name: each.tobytes() for name, each in load_file(folder / "model.safetensors").items()}


@dataclass(frozen=True)
class Done:
    corpus: Path
    outcome: TrainResult
    ear: Ear


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("done")
    corpus = write_corpus(folder / "corpus")
    ear = Ear()
    wanted = order(12, cost_per_hour=3.5, wishes={"width": 256, "batch_rows": 4})
    return Done(corpus, train(corpus, folder / "model", wanted, progress=ear), ear)


# What comes of it ---------------------------------------------------------------------------------


def test_something_is_learned(done: Done) -> None:
    assert done.outcome.after < 0.95 * done.outcome.before
    losses = noted(done.outcome, "loss")
    assert len(losses) == 12
    assert losses[-1] < losses[0]


def test_the_folder_holds_the_best_and_nothing_else(done: Done) -> None:
    """Bits a byte are computed anew, from one document at a time and the text itself."""
    loaded = load_causal_lm(str(done.outcome.folder))
    loaded.model.set_attn_implementation("eager")
    plain = fast_tokenizer(loaded.tokenizer)
    nats, size = 0.0, 0
    for document in read_corpus(done.corpus).documents("validation"):
        encoding = plain.encode(document.text, add_special_tokens=False)
        ids = torch.tensor([encoding.ids])
        with torch.no_grad():
            logits = loaded.model(ids).logits[0, :-1]
        told = cross_entropy(logits, ids[0, 1:], reduction="none")
        read, learned = (span.text for span in document.spans)
        ends = torch.tensor([end for _, end in encoding.offsets[1:]])
        nats += float(told[ends > len(read)].sum())
        size += len(learned.encode())
    assert nats / math.log(2) / size == pytest.approx(done.outcome.after, rel=1e-4)
    assert not (done.outcome.folder / ".training").exists()
    assert (done.outcome.folder / "grue.json").is_file()


def test_the_way_is_told(done: Done) -> None:
    ear = done.ear
    assert any("batch rows" in note and "as you said" in note for note in ear.notes)
    assert any("learning rate" in note and "random weights" in note for note in ear.notes)
    assert [look.step for look in ear.looks] == [0, 4, 8, 12]
    assert all(len(look.samples) == 3 for look in ear.looks)
    assert ear.paces[-1].step == 12
    assert ear.paces[-1].tokens_per_second > 0
    assert ear.paces[-1].mfu is None  # nobody knows what this processor could do
    assert done.outcome.cost == pytest.approx(done.outcome.seconds * 3.5 / 3600)


# The same, in other ways --------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=30)


def tuned(tmp_path: Path, steps: int, **rest: Any) -> TrainConfig:
    base = tmp_path / "base"
    if not base.exists():
        write_base(base)
    return order(steps, **{"scratch": False, "base": str(base), "method": "full", **rest})


def test_small_micro_batches_learn_what_large_ones_do(tmp_path: Path, corpus: Path) -> None:
    """However unevenly what is learned falls on them."""
    first, second = (
        train(corpus, tmp_path / f"{n}", tuned(tmp_path, 3, wishes={"micro_rows": n}))
        for n in (8, 1)
    )
    assert second.plan.accumulation == 8
    for name in ("loss", "grad_norm", "eval_loss"):
        assert noted(second, name) == pytest.approx(noted(first, name), rel=1e-3)


def test_out_of_memory_takes_the_same_batch_in_smaller_parts(tmp_path: Path, corpus: Path) -> None:
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

    ear = Ear()
    roomy = train(corpus, tmp_path / "roomy", tuned(tmp_path, 3, wishes={"micro_rows": 8}))
    tight = train(
        corpus,
        tmp_path / "tight",
        tuned(tmp_path, 3, wishes={"micro_rows": 8}),
        load=small,
        progress=ear,
    )
    assert (tight.plan.micro_rows, tight.plan.accumulation) == (2, 4)
    assert tight.plan.batch_rows == roomy.plan.batch_rows
    assert noted(tight, "loss", "grad_norm") == pytest.approx(
        noted(roomy, "loss", "grad_norm"), rel=1e-3
    )
    assert sum("Out of memory" in note for note in ear.notes) == 2


def test_out_of_memory_with_a_single_row_is_said(tmp_path: Path, corpus: Path) -> None:
    def none(reference: str) -> Any:
        loaded = load_causal_lm(reference)
        whole = loaded.model.forward

        def forward(input_ids: torch.Tensor, **rest: Any) -> Any:
            if input_ids.shape[1] == 64:  # a row, not the trial of the attention
                raise torch.OutOfMemoryError
            return whole(input_ids=input_ids, **rest)

        loaded.model.forward = forward
        return loaded

    wanted = tuned(tmp_path, 3, wishes={"micro_rows": 1})
    with pytest.raises(GrueError, match="does not hold 1 rows of 64 tokens"):
        train(corpus, tmp_path / "out", wanted, load=none)


def test_an_adapter_is_learned_and_loaded_again(tmp_path: Path, corpus: Path) -> None:
    outcome = train(corpus, tmp_path / "out", tuned(tmp_path, 4, method="lora"))
    assert outcome.after < outcome.before
    assert not (outcome.folder / "model.safetensors").exists()
    weights = load_file(outcome.folder / "adapter_model.safetensors")
    assert {str(weight.dtype) for weight in weights.values()} == {"float16"}
    again = load_causal_lm(str(outcome.folder))
    assert again.base is not None
    assert again.base.name == "base"


def test_it_ends_when_nothing_is_gained(tmp_path: Path, corpus: Path) -> None:
    wishes = {"learning_rate": 10.0, "evaluate_every": 1, "patience": 2, "warmup_steps": 0}
    ear = Ear()
    outcome = train(corpus, tmp_path / "out", tuned(tmp_path, 12, wishes=wishes), progress=ear)
    assert outcome.steps < 12
    assert outcome.steps == outcome.best_step + 2
    assert not outcome.stopped
    assert any("brought nothing better" in note for note in ear.notes)
    assert (outcome.folder / "grue.json").is_file()


def test_a_loss_that_is_no_number_ends_it(tmp_path: Path, corpus: Path) -> None:
    wanted = tuned(tmp_path, 8, wishes={"learning_rate": 1e30, "warmup_steps": 0})
    with pytest.raises(GrueError, match="lower --learning-rate"):
        train(corpus, tmp_path / "out", wanted)


def test_a_checkpoint_that_cannot_be_written_is_said(tmp_path: Path, corpus: Path) -> None:
    saves = tmp_path / "out" / ".training" / "checkpoints"

    def in_the_way(look: EvalResult) -> None:
        if saves.is_dir():
            shutil.rmtree(saves)
            saves.touch()

    with pytest.raises(GrueError, match=r"step 4 cannot be written.*--resume"):
        train(corpus, tmp_path / "out", tuned(tmp_path, 8), progress=Ear(on_look=in_the_way))


# Stopping and going on ----------------------------------------------------------------------------


def test_a_stop_is_saved_and_gone_on_with_as_if_nothing_had_been(
    tmp_path: Path, corpus: Path
) -> None:
    whole = train(corpus, tmp_path / "whole", order(8))
    wish = StopSignal()

    def stop(look: EvalResult) -> None:
        wish.stop = wish.stop or look.step == 4

    out = tmp_path / "stopped"
    stopped = train(corpus, out, order(8), progress=Ear(on_look=stop), wish=wish)
    assert stopped.stopped
    assert stopped.steps < 8
    assert not (out / "grue.json").exists()
    ear = Ear()
    resumed = train(
        corpus, out, TrainConfig(resume=True, device="cpu", cost_per_hour=1.0), progress=ear
    )
    assert (resumed.stopped, resumed.steps) == (False, 8)
    assert weights(out) == weights(tmp_path / "whole")
    assert resumed.seconds > stopped.seconds
    assert resumed.before == whole.before
    assert [look.step for look in ear.looks] == [8]


@pytest.fixture
def begun(tmp_path: Path, corpus: Path) -> Path:
    """Return the folder of a training that was stopped after its first step."""
    out = tmp_path / "begun"
    assert train(corpus, out, order(8), wish=StopSignal(stop=True)).stopped
    return out


def test_a_training_goes_on_only_as_it_began(tmp_path: Path, corpus: Path, begun: Path) -> None:
    with pytest.raises(InputRefused, match="Add --resume"):
        train(corpus, begun, order(8))
    with pytest.raises(InputRefused, match="leave out epochs"):
        train(corpus, begun, order(8, resume=True, wishes={"epochs": 3}))
    with pytest.raises(InputRefused, match="leave out base"):
        train(corpus, begun, replace(order(8), base="gpt2", resume=True))
    with pytest.raises(InputRefused, match="leave out method, seed"):
        train(corpus, begun, replace(order(8), method="lora", seed=5, resume=True))
    other = write_corpus(tmp_path / "other", train=31)
    (other / "manifest.json").unlink()
    with pytest.raises(InputRefused, match="the corpus changed"):
        train(other, begun, order(8, resume=True))
    assert (begun / ".training" / "run.json").is_file()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "diary.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputRefused, match="not an empty folder"):
        train(corpus, out, order(8))
    with pytest.raises(InputRefused, match="No training was begun"):
        train(corpus, out, order(8, resume=True))
    assert [entry.name for entry in out.iterdir()] == ["diary.txt"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputRefused, match="cannot begin in"):
        train(corpus, tmp_path / "file" / "out", order(8))


def test_what_cannot_begin_leaves_nothing(tmp_path: Path, corpus: Path) -> None:
    with (corpus / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{")
    with pytest.raises(InputRefused, match="line 31"):
        train(corpus, tmp_path / "out", order(8))
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputRefused, match="no shape 'gpt5'"):
        train(corpus, tmp_path / "out", replace(order(8), base="gpt5"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_moved_keeps_its_best(tmp_path: Path, corpus: Path) -> None:
    """The first step is the best, for the learning rate is far too high; then all is moved."""
    wishes = {"learning_rate": 10.0, "warmup_steps": 0, "evaluate_every": 1}
    wish = StopSignal()

    def stop(look: EvalResult) -> None:
        wish.stop = wish.stop or look.step == 4

    wanted = tuned(tmp_path, 8, wishes=wishes)
    whole = train(corpus, tmp_path / "whole", wanted)
    train(corpus, tmp_path / "here", wanted, progress=Ear(on_look=stop), wish=wish)
    (tmp_path / "here").rename(tmp_path / "there")
    moved = train(corpus, tmp_path / "there", replace(wanted, resume=True))
    assert moved.best_step == whole.best_step == 1
    assert weights(tmp_path / "there") == weights(tmp_path / "whole")
