"""Provides what is wanted of a training, what it needs of a base, and what came of it: values.

Knows nothing of how anything is done.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

from training.trainer.hyperparameters import Method
from training.trainer.plan import Plan

DEFAULT_BASE = "gpt2"

SAVE_SECONDS = 900.0
"""Time after which a checkpoint is written in any case: what a power cut can cost."""


class Base(Protocol):
    """What a training needs of a model, as `training.models.loading.load` gives it."""

    @property
    def model(self) -> Any:
        """The weights, in full precision."""

    @property
    def tokenizer(self) -> Any:
        """Its tokenizer."""

    @property
    def name(self) -> str:
        """What to call it."""

    @property
    def sha256(self) -> str:
        """Of its weights."""

    @property
    def reference(self) -> str:
        """How to get it again."""

    @property
    def licence(self) -> str:
        """SPDX, or `unknown`."""

    @property
    def context_length(self) -> int:
        """Tokens it is made for."""


Load = Callable[[str], Base]


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What is wanted of a training."""

    base: str | None = None
    """None means the default, or what a run that is gone on with began from."""
    method: Method | None = None
    """None leaves it to the rule."""
    scratch: bool = False
    """Whether to begin from random weights of a named shape."""
    freeze_layers: int = 0
    seed: int = 0
    wishes: dict[str, Any] = field(default_factory=dict)
    """Numbers of the plan that are set, not derived: `epochs`, `learning_rate`, `batch_rows` …"""
    resume: bool = False
    cost_per_hour: float | None = None
    device: str | None = None
    compiled: bool | None = None
    """Whether layers are compiled; None means where that can be done."""
    sharded: bool | None = None
    """Whether several devices divide the weights; None leaves it to the memory."""
    save_seconds: float = SAVE_SECONDS


@dataclass(slots=True)
class StopSignal:
    """What someone outside wants of a training that runs."""

    stop: bool = False
    """To finish the step, save, and end."""


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What came of a training."""

    folder: Path
    stopped: bool
    """Whether it was stopped before its end, to be gone on with."""
    steps: int
    best_step: int
    before: float
    """Bits a byte of the held-out text that the base needs."""
    after: float
    """The same of the best checkpoint, which is the model that is kept."""
    seconds: float
    cost: float | None
    plan: Plan
    history: list[dict[str, Any]]
    """What was noted down on the way: losses, looks, samples."""
    first: bool = True
    """Whether this process is the one that tells it, of several that train together."""

    def document(self) -> dict[str, Any]:
        """Return it as one JSON document; what was noted down stands in the folder."""
        whole = asdict(self)
        del whole["history"], whole["first"]
        return {**whole, "folder": str(self.folder)}
