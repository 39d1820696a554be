"""Provides a training in a test, what reports of it, and what is read out of its result."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from tests.training.small_corpus import tiny_config, write_base
from training.data.corpus import read_corpus
from training.models.loading import load_causal_lm
from training.trainer.config import TrainConfig, TrainResult
from training.trainer.console import EvalResult, ProgressReporter, StepStats
from training.trainer.finetune import finetune
from training.trainer.speed import Speed


@dataclass
class Recorder(ProgressReporter):
    """Records progress; the functions that are its fields may react to it."""

    messages: list[str] = field(default_factory=list)
    steps: list[StepStats] = field(default_factory=list)
    evaluations: list[EvalResult] = field(default_factory=list)
    progress: list[tuple[str, int, int]] = field(default_factory=list)
    on_message: Callable[[str], None] = lambda message: None
    on_step: Callable[[StepStats], None] = lambda stats: None
    on_evaluation: Callable[[EvalResult], None] = lambda result: None

    on_progress: Callable[[str, int, int], None] = lambda activity, done, total: None

    def log(self, message: str) -> None:
        self.messages.append(message)
        self.on_message(message)

    def log_progress(self, activity: str, done: int, total: int) -> None:
        self.progress.append((activity, done, total))
        self.on_progress(activity, done, total)

    def log_step(self, stats: StepStats) -> None:
        self.steps.append(stats)
        self.on_step(stats)

    def log_evaluation(self, result: EvalResult) -> None:
        self.evaluations.append(result)
        self.on_evaluation(result)


QUICK = Speed(1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3)
"""What a training is said to take: to measure it takes as long as some of its steps."""


def train(corpus: Path, out: Path, config: TrainConfig, **rest: Any) -> TrainResult:
    """Train, on what is said to be a quick machine unless the test has it measured."""
    given: dict[str, Any] = {"load": load_causal_lm, "measure": lambda *_: QUICK}
    return finetune(read_corpus(corpus), out, config, **{**given, **rest})


def logged(result: TrainResult, *names: str) -> list[float]:
    return [entry[name] for entry in result.history for name in names if name in entry]


def weights(folder: Path) -> dict[str, bytes]:
    return {name: each.tobytes() for name, each in load_file(folder / "model.safetensors").items()}


def adapter_weights(folder: Path) -> dict[str, Any]:
    """Return the arrays of an adapter by name."""
    return load_file(folder / "adapter_model.safetensors")


def finetuning(tmp_path: Path, steps: int, **rest: Any) -> TrainConfig:
    base = tmp_path / "base"
    if not base.exists():
        write_base(base)
    return tiny_config(
        steps, **{"from_scratch": False, "base": str(base), "method": "full", **rest}
    )
