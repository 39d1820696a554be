"""Training configuration, the stop signal, and the result type."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.arguments import check_arguments
from training.data.documents import TrainOn
from training.data.mixture import parse_weights
from training.trainer.combinations import check_combinations
from training.trainer.options import HYPERPARAMETERS
from training.trainer.plan import Plan
from training.trainer.reporting import Tracker, check_tracker

if TYPE_CHECKING:
    from training.models.loading import LoadedModel

DEFAULT_BASE = "gpt2"

LoadModel = Callable[[str], "LoadedModel"]
"""Load a base model in float32 from a reference: a hub id, a folder, a file, a catalogue name."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What the user asks for. Raises InputRefused where that is impossible or contradictory."""

    base: str | None = None
    """None means the default, or the base of the run that is resumed."""
    from_scratch: bool = False
    """Whether to start from random weights; `base` then names a shape."""
    freeze_layers: int | None = None
    """None means none, or as many as the resumed run freezes."""
    train_on: TrainOn | None = None
    """None means everything, or what the resumed run trains on."""
    mix: tuple[str, ...] | None = None
    """Weights of works and sources, each `NAME=WEIGHT`; None means none, or those of the resumed
    run."""
    seed: int | None = None
    """None means 0, or the seed of the resumed run."""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Fields of the plan that are set by the user: `method`, `epochs`, `learning_rate` …"""
    resume: bool = False
    minutes: float | None = None
    """Time in which the run has to be over, from its start or from when it is resumed."""
    cost_per_hour: float | None = None
    device: str | None = None
    compile: bool | None = None
    """Whether to compile layers; None means wherever possible."""
    report_to: Tracker = "none"
    save_seconds: float = 900.0
    """Seconds between checkpoints at most, which is what a power cut can cost."""

    def __post_init__(self) -> None:
        known = {name: option.argument for name, option in HYPERPARAMETERS.items()}
        check_arguments(self.overrides, known)
        settings = {each.name: getattr(self, each.name) for each in fields(self)}
        check_combinations(settings | self.overrides)
        check_tracker(self.report_to)
        parse_weights(self.mix or ())


@dataclass(slots=True)
class StopSignal:
    """A request from outside to stop a running training."""

    stop: bool = False
    """End an evaluation at once, finish the current step, save a checkpoint, and stop."""
    is_training: bool = False
    """Whether the training looks at `stop`; while it is prepared there is nothing to save."""


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The outcome of a training run."""

    folder: Path
    stopped: bool
    """Whether it was stopped before its end and can be resumed."""
    steps: int
    best_step: int
    bits_per_byte_before: float | None
    """On held-out text, of the base model; None where it was stopped before that was known."""
    bits_per_byte: float | None
    """On held-out text, of the best checkpoint, which is the model that is kept."""
    seconds: float
    cost: float | None
    plan: Plan
    history: list[dict[str, Any]]
    """The Trainer's log: losses, evaluations, samples."""
    is_main_process: bool = True
    """Whether this process reports the result, of several that train together."""

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready, without the history, which is in the model folder."""
        document = asdict(self)
        del document["history"], document["is_main_process"]
        return document | {"folder": str(self.folder)}
