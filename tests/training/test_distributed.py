"""Two processes that train together compute what one does alone.

Losses and the sizes of gradients are compared. Weights are not: where a gradient is nothing but
rounding, Adam takes a whole step into its direction.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.in_processes import history_path, start_training, start_two_processes, wait_for
from tests.training.small_corpus import tiny_config, write_base, write_corpus
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


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=20)


def config(tmp_path: Path, **rest: Any) -> TrainConfig:
    base = tmp_path / "base"
    return tiny_config(
        STEPS, from_scratch=False, base=str(base if base.exists() else write_base(base)), **rest
    )


def test_fsdp_over_two_processes(tmp_path: Path, corpus: Path) -> None:
    alone = start_training(corpus, tmp_path / "alone", config(tmp_path, method="full"))
    both = start_two_processes(
        corpus, tmp_path / "both", config(tmp_path, method="full", fsdp=True)
    )
    wait_for(*both, alone)
    assert_same(tmp_path / "alone", tmp_path / "both")


@pytest.mark.soak
@pytest.mark.parametrize(("method", "fsdp"), [("full", False), ("lora", False), ("lora", True)])
def test_ddp_or_with_an_adapter(tmp_path: Path, corpus: Path, method: Method, fsdp: bool) -> None:
    alone = start_training(corpus, tmp_path / "alone", config(tmp_path, method=method))
    both = start_two_processes(
        corpus, tmp_path / "both", config(tmp_path, method=method, fsdp=fsdp)
    )
    wait_for(*both, alone)
    assert_same(tmp_path / "alone", tmp_path / "both")
