"""Provides the model folder: the Hugging Face files, and beside them grue.json, which says what the
model is and what it came from, a card for people, and the pictures of how the training went.

    record = Record(name="mine", method="lora", base=Base.of(loaded), corpus=Learned.of(corpus),
                    context_length=1024, recipe={...}, metrics={...}, cost=Cost(...),
                    history=[Point(...), ...], samples=[Sample(...), ...])
    folder.write(Path("mine"), model, tokenizer, record)

`model` is a model of transformers, or one of PEFT with an adapter, which is then all that is saved.
grue.json comes last and in one step: a folder that has it is whole. Knows nothing of how a model is
trained.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from dungeon import transcript
from dungeon.errors import InputRefused

if TYPE_CHECKING:
    from training.data.corpus import Corpus
    from training.models.loading import LoadedModel

VERSION = 1
"""Of grue.json."""

UNKNOWN = "unknown"


class Savable(Protocol):
    """A model or a tokenizer of the Hugging Face libraries."""

    def save_pretrained(self, save_directory: str, **options: Any) -> Any:
        """Write its files into a folder."""
        ...


@dataclass(frozen=True, slots=True)
class Base:
    """The model that training began with."""

    reference: str
    """What `grue train --base` and `grue play --model` take for it; from scratch, the shape."""
    sha256: str = ""
    """Of its weights; empty where they were random."""
    licence: str = UNKNOWN

    @classmethod
    def of(cls, loaded: "LoadedModel") -> "Base":
        """Return what is to be remembered of a loaded model."""
        return cls(loaded.reference, loaded.sha256, loaded.licence)


@dataclass(frozen=True, slots=True)
class Learned:
    """The corpus that was learned."""

    name: str
    sha256: str
    """Of its manifest, or of its text where it has none."""
    licences: Mapping[str, int]
    """Documents of the training split by licence."""

    @classmethod
    def of(cls, corpus: "Corpus") -> "Learned":
        """Return what is to be remembered of a corpus; its training split is read once."""
        return cls(corpus.name, corpus.sha256, corpus.licences())


@dataclass(frozen=True, slots=True)
class Cost:
    """What the training cost."""

    seconds: float
    tokens: int
    """Learned, every epoch counted."""
    device: str
    """In words: `1 x NVIDIA H200`, `CPU, 2 threads`."""
    per_hour: float | None = None
    """The price of the machine; None where nobody said."""
    mfu: float | None = None
    """The share of the device's peak that went into the model, where the peak is known."""

    @property
    def price(self) -> float | None:
        """What the hours cost, in the currency that `per_hour` is in."""
        return None if self.per_hour is None else self.per_hour * self.seconds / 3600


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement while training."""

    step: int
    tokens: int = 0
    """Learned so far."""
    loss: float | None = None
    """On training text, in nats a token."""
    bits_per_byte: float | None = None
    """On held-out text."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the model wrote after a prompt."""

    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is said of a model."""

    name: str
    method: Literal["lora", "full", "scratch"]
    base: Base
    corpus: Learned
    context_length: int
    """Tokens of a training row; the game's prompts are no longer."""
    recipe: Mapping[str, Any]
    """Every setting by name, JSON-ready."""
    metrics: Mapping[str, Any] = field(default_factory=dict)
    """By name; one may have parts: `{"held_out_bits_per_byte": {"before": …, "after": …}}`."""
    cost: Cost | None = None
    history: Sequence[Point] = ()
    samples: Sequence[Sample] = ()
    licence: str = ""
    """Of the model; the base's where empty."""

    def document(self) -> dict[str, Any]:
        """Return what grue.json says; the history and the samples stand in files of their own."""
        cost = None if self.cost is None else asdict(self.cost) | {"price": self.cost.price}
        return {
            "version": VERSION,
            "name": self.name,
            "method": self.method,
            "base": asdict(self.base),
            "licence": self.licence or self.base.licence,
            "transcript_version": transcript.VERSION,
            "context_length": self.context_length,
            "corpus": asdict(self.corpus),
            "recipe": dict(self.recipe),
            "metrics": dict(self.metrics),
            "cost": cost,
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
        }


def write(folder: Path, model: Savable, tokenizer: Savable, record: Record) -> None:
    """Write the model folder; what else lies in `folder`, checkpoints say, is left alone.

    Files are written beside and renamed one by one, grue.json last; while that goes on there is
    none. Raises InputRefused where the folder cannot be written.
    """
    from training.models import model_card, plots

    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
        try:
            _save(model, part, record.base.reference)
            tokenizer.save_pretrained(str(part))
            plots.draw(part, record)
            _write_json(part / "history.json", [asdict(point) for point in record.history])
            (part / "README.md").write_text(model_card.render_card(record), encoding="utf-8")
            document = record.document() | {"files": _digests(part)}
            _write_json(part / "grue.json", document)
            _place(part, folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise InputRefused(
            f"The model cannot be written to {folder}: {error.strerror or error}. Make room there, "
            "or name another folder with -o."
        ) from error


def add_metrics(folder: Path, metrics: Mapping[str, Any]) -> None:
    """Add metrics to the grue.json in `folder`, in one step.

    Raises InputRefused where there is none, or it cannot be written.
    """
    from dungeon.models.model_folder import read_json

    document = read_json(folder / "grue.json")
    known = document.get("metrics")
    document["metrics"] = (known if isinstance(known, dict) else {}) | dict(metrics)
    part = folder / f".grue-{os.getpid()}.json"
    try:
        _write_json(part, document)
        _sync(part)
        part.replace(folder / "grue.json")
        _sync_folder(folder)
    except OSError as error:
        raise InputRefused(f"{folder}/grue.json cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


def _save(model: Savable, part: Path, base: str) -> None:
    """Write the weights. PEFT would ask the hub about the base, and names its folder."""
    options = {"save_embedding_layers": False} if hasattr(model, "peft_config") else {}
    model.save_pretrained(str(part), **options)
    config = part / "adapter_config.json"
    if not config.is_file():
        return
    document = json.loads(config.read_text(encoding="utf-8"))
    changed = sorted(document["target_modules"])  # a set, in another order every time
    _write_json(config, document | {"base_model_name_or_path": base, "target_modules": changed})
    _halve(part / "adapter_model.safetensors")


def _halve(adapter: Path) -> None:
    """Write an adapter's weights in half precision.

    They are small numbers that are added to larger ones: what is rounded here is less than a
    hundredth of what 8 bits round when it plays, and the file is half as large.
    """
    from safetensors.torch import load_file, save_file

    half = {name: weight.half() for name, weight in load_file(adapter).items()}
    save_file(half, adapter, metadata={"format": "pt"})


def _place(part: Path, folder: Path) -> None:
    """Put the files where they belong. Shards of an older model would be loaded, and go first."""
    files = sorted(part.iterdir(), key=lambda file: file.name == "grue.json")
    for file in files:
        _sync(file)
    (folder / "grue.json").unlink(missing_ok=True)
    for left in folder.glob("*.safetensors*"):
        left.unlink()
    _sync_folder(folder)
    for file in files:
        file.replace(folder / file.name)
    _sync_folder(folder)


def _digests(part: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of weights."""
    found = {}
    for file in sorted(part.glob("*.safetensors")):
        with file.open("rb") as content:
            found[file.name] = hashlib.file_digest(content, "sha256").hexdigest()
    return found


def _write_json(path: Path, document: Any) -> None:
    text = json.dumps(document, ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def _sync_folder(folder: Path) -> None:
    """Make new names last through a power cut, where the system has a way to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
