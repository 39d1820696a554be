"""Two processes that train together compute what one does alone.

Losses and the sizes of gradients are compared. Weights are not: where a gradient is nothing but
rounding, Adam takes a whole step into its direction.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.in_processes import (
    history_path,
    sharded_path,
    start_training,
    start_two_processes,
    terminate_when,
    wait_for,
)
from tests.training.small_corpus import tiny_config, write_base, write_corpus
from training.trainer.checkpoints import checkpoint_path, checkpoint_step, find_latest
from training.trainer.config import TrainConfig
from training.trainer.hyperparameters import Method

STEPS = 6
LOGGED = ("loss", "grad_norm", "eval_loss", "eval_bits_per_byte")


def logged(out: Path) -> list[float]:
    history = json.loads(history_path(out).read_text(encoding="utf-8"))
    return [entry[name] for entry in history for name in LOGGED if name in entry]


def assert_same(first: Path, second: Path) -> None:
    assert len(logged(first)) == 2 * STEPS + 2 * 3  # evaluations at steps 0, 4 and 6
    assert logged(second) == pytest.approx(logged(first), rel=1e-3)
    assert not (second / ".training").exists()


def stops_after(out: Path, step: int) -> dict[str, str]:
    """Return the environment of a training that stops soon after the checkpoint of a step."""
    return {"STOPS_AFTER": str(checkpoint_path(out / ".training" / "checkpoints", step))}


def last_step(out: Path) -> int:
    latest = find_latest(out / ".training" / "checkpoints")
    return (latest and checkpoint_step(latest)) or 0


def assert_same_losses(first: Path, second: Path, steps: int) -> None:
    """Each step has rows of its own, so other rows, or the same in another order, would differ."""
    losses = [
        [entry["loss"] for entry in json.loads(history_path(each).read_text()) if "loss" in entry]
        for each in (first, second)
    ]
    assert len(losses[0]) == steps
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=20)


def config(tmp_path: Path, steps: int = STEPS, **rest: Any) -> TrainConfig:
    base = tmp_path / "base"
    return tiny_config(
        steps, from_scratch=False, base=str(base if base.exists() else write_base(base)), **rest
    )


def test_fsdp_over_two_processes(tmp_path: Path, corpus: Path) -> None:
    alone = start_training(corpus, tmp_path / "alone", config(tmp_path, method="full"))
    both = start_two_processes(
        corpus, tmp_path / "both", config(tmp_path, method="full", fsdp=True)
    )
    wait_for(*both, alone)
    assert_same(tmp_path / "alone", tmp_path / "both")
    assert sharded_path(tmp_path / "both").exists()


@pytest.mark.soak
@pytest.mark.parametrize(("method", "fsdp"), [("full", False), ("lora", False), ("lora", True)])
def test_ddp_or_with_an_adapter(tmp_path: Path, corpus: Path, method: Method, fsdp: bool) -> None:
    alone = start_training(corpus, tmp_path / "alone", config(tmp_path, method=method))
    both = start_two_processes(
        corpus, tmp_path / "both", config(tmp_path, method=method, fsdp=fsdp)
    )
    wait_for(*both, alone)
    assert_same(tmp_path / "alone", tmp_path / "both")
    assert sharded_path(tmp_path / "both").exists() == fsdp


@pytest.mark.parametrize("method", ["full", pytest.param("lora", marks=pytest.mark.soak)])
def test_a_sharded_training_goes_on_with_one_process_and_with_two_again(
    tmp_path: Path, corpus: Path, method: Method
) -> None:
    steps, out = 12, tmp_path / "moved"
    alone = start_training(corpus, tmp_path / "alone", config(tmp_path, steps, method=method))
    sharded = config(tmp_path, steps, method=method, fsdp=True)
    wait_for(*start_two_processes(corpus, out, sharded, **stops_after(out, 4)))
    assert 4 <= last_step(out) < 8
    assert sharded_path(out).exists()
    sharded_path(out).unlink()
    resumed = TrainConfig(resume=True, device="cpu")
    wait_for(start_training(corpus, out, resumed, **stops_after(out, 8)))
    assert 8 <= last_step(out) < steps
    assert json.loads((out / ".training" / "run.json").read_text())["plan"]["fsdp"]
    assert not sharded_path(out).exists()
    wait_for(*start_two_processes(corpus, out, resumed), alone)
    assert sharded_path(out).exists()
    assert_same_losses(tmp_path / "alone", out, steps)


@pytest.mark.soak
def test_a_training_that_one_process_began_is_sharded_by_two(tmp_path: Path, corpus: Path) -> None:
    steps, out = 12, tmp_path / "moved"
    alone = start_training(corpus, tmp_path / "alone", config(tmp_path, steps, method="full"))
    whole = config(tmp_path, steps, method="full")
    wait_for(start_training(corpus, out, whole, **stops_after(out, 4)))
    assert 4 <= last_step(out) < 8
    sharded = TrainConfig(resume=True, device="cpu", overrides={"fsdp": True})
    wait_for(*start_two_processes(corpus, out, sharded), alone)
    assert sharded_path(out).exists()
    assert_same_losses(tmp_path / "alone", out, steps)


@pytest.mark.soak
def test_sigterm_to_one_of_two_machines_is_saved_and_gone_on_with_by_one(
    tmp_path: Path, corpus: Path
) -> None:
    steps = 12
    whole = config(tmp_path, steps, method="full")
    alone = start_training(corpus, tmp_path / "alone", whole)
    out = tmp_path / "moved"
    both = start_two_processes(corpus, out, config(tmp_path, steps, method="full"))
    terminate_when(both[1], (out / ".training" / "checkpoints" / "checkpoint-4").exists)
    wait_for(*both)
    assert not (out / "grue.json").exists()
    wait_for(start_training(corpus, out, TrainConfig(resume=True, device="cpu")), alone)
    assert_same_losses(tmp_path / "alone", out, steps)
