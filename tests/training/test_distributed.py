"""Two processes that train together learn what one learns alone.

Losses and the sizes of gradients are compared. Weights are not: where a gradient is nothing but
rounding, Adam takes a whole step into its direction.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.training.in_processes import finished, history_of, started, together
from tests.training.small_corpus import order, write_base, write_corpus
from training.trainer.config import TrainConfig
from training.trainer.hyperparameters import Method

STEPS = 6
NOTED = ("loss", "grad_norm", "eval_loss", "eval_bits_per_byte")


def noted(out: Path) -> list[float]:
    history = json.loads(history_of(out).read_text(encoding="utf-8"))
    return [entry[name] for entry in history for name in NOTED if name in entry]


def same(first: Path, second: Path) -> None:
    assert len(noted(first)) == 2 * STEPS + 2 * 3  # looks at steps 0, 4 and 6
    assert noted(second) == pytest.approx(noted(first), rel=1e-3)
    assert not (second / ".training").exists()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=20)


def wanted(tmp_path: Path, **rest: Any) -> TrainConfig:
    base = tmp_path / "base"
    return order(
        STEPS, scratch=False, base=str(base if base.exists() else write_base(base)), **rest
    )


def test_sharded_over_two_processes(tmp_path: Path, corpus: Path) -> None:
    alone = started(corpus, tmp_path / "alone", wanted(tmp_path, method="full"))
    both = together(corpus, tmp_path / "both", wanted(tmp_path, method="full", sharded=True))
    finished(*both, alone)
    same(tmp_path / "alone", tmp_path / "both")


@pytest.mark.soak
@pytest.mark.parametrize(("method", "sharded"), [("full", False), ("lora", False), ("lora", True)])
def test_copied_or_with_an_adapter(
    tmp_path: Path, corpus: Path, method: Method, sharded: bool
) -> None:
    alone = started(corpus, tmp_path / "alone", wanted(tmp_path, method=method))
    both = together(corpus, tmp_path / "both", wanted(tmp_path, method=method, sharded=sharded))
    finished(*both, alone)
    same(tmp_path / "alone", tmp_path / "both")
