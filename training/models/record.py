"""The record of a trained model: its base, corpus, settings, metrics, cost and samples."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, Literal

from dungeon import transcript
from training.models.licences import UNKNOWN, combine

VERSION = 1
"""The version of grue.json."""


@dataclass(frozen=True, slots=True)
class BaseModelInfo:
    """The model that training started from."""

    reference: str
    """As `grue train --base` and `grue play --model` take it; from scratch, the shape."""
    sha256: str = ""
    """Of its weights; empty where they were random."""
    licence: str = "unknown"
    hub_id: str = ""
    """Its name on the Hugging Face hub; empty where it has none."""

    @property
    def name(self) -> str:
        """Its name for people to read, without the folders of this machine."""
        if self.hub_id:
            return self.hub_id
        return PurePath(self.reference).name if _is_path(self.reference) else self.reference


@dataclass(frozen=True, slots=True)
class CorpusInfo:
    """The corpus that the model was trained on."""

    name: str
    sha256: str
    """Of its manifest, or of its text where it has none."""
    licences: Mapping[str, int]
    """Documents of the training split by licence."""


@dataclass(frozen=True, slots=True)
class TrainingCost:
    """The time and the money that the training took."""

    seconds: float
    tokens: int
    """Trained tokens, every epoch counted."""
    device: str
    """For people to read: `1 x NVIDIA H200`, `CPU, 2 threads`."""
    per_hour: float | None = None
    """The price of the machine, where it is known."""
    mfu: float | None = None
    """Model FLOPs utilisation, from 0 to 1, where the device's peak is known."""

    @property
    def price(self) -> float | None:
        """The price of the hours, in the currency of `per_hour`."""
        return None if self.per_hour is None else self.per_hour * self.seconds / 3600


@dataclass(frozen=True, slots=True)
class HistoryPoint:
    """The measurements at one step of the training."""

    step: int
    tokens: int = 0
    """Trained tokens so far."""
    loss: float | None = None
    """On training text, in nats per token."""
    bits_per_byte: float | None = None
    """On held-out text."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt and its continuation by the model."""

    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """Everything that grue.json, the model card and the plots say about a model."""

    name: str
    method: Literal["lora", "merged", "full", "scratch"]
    """`merged`: an adapter was trained, and these are the weights of its base with it."""
    base: BaseModelInfo
    corpus: CorpusInfo
    context_length: int
    """Tokens of a training row; the game's prompts are no longer."""
    recipe: Mapping[str, Any]
    """Every setting by name, JSON-ready."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """By name, possibly nested: `{"held_out_bits_per_byte": {"before": …, "after": …}}`."""
    cost: TrainingCost | None = None
    history: Sequence[HistoryPoint] = ()
    samples: Sequence[Sample] = ()

    @property
    def licence(self) -> str:
        """The licence of base and data; `other` where they differ or one is unknown."""
        return combine(self.licences)

    @property
    def licences(self) -> tuple[str, ...]:
        """The licences of the base, unless it was a mere shape, and of the training documents."""
        own = () if self.method == "scratch" else (self.base.licence,)
        return (*own, *(self.corpus.licences or (UNKNOWN,)))

    def to_dict(self) -> dict[str, Any]:
        """Return the content of grue.json; the history is in a file of its own."""
        document = asdict(self)
        del document["history"]
        return {
            "version": VERSION,
            **document,
            "cost": self.cost and asdict(self.cost) | {"price": self.cost.price},
            "licence": self.licence,
            "transcript_version": transcript.VERSION,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def read_record(document: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> ModelRecord:
    """Return the record in the content of grue.json and history.json.

    Raises KeyError, TypeError or ValueError where they are none of ours.
    """
    known = {each.name for each in fields(ModelRecord)}
    values = {name: value for name, value in document.items() if name in known}
    cost = values.pop("cost", None)
    return ModelRecord(
        **values
        | {
            "base": BaseModelInfo(**values["base"]),
            "corpus": CorpusInfo(**values["corpus"]),
            "cost": cost and TrainingCost(**{n: v for n, v in cost.items() if n != "price"}),
            "history": [HistoryPoint(**point) for point in history],
            "samples": [Sample(**sample) for sample in values.get("samples", ())],
        }
    )


def _is_path(reference: str) -> bool:
    return PurePath(reference).is_absolute() or reference.startswith((".", "~"))


def format_duration(seconds: float) -> str:
    """Return a duration for people: `45 s`, `12 min`, `3 h 05 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
