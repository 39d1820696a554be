"""Provides the folder of a training: where a run keeps what it needs to go on, and its recipe.

    DIR/.training/run.json        what is trained on what, and every number of it
    DIR/.training/data/tokens/         the corpus, encoded
    DIR/.training/trainer/checkpoints/    where a run goes on from

When the training is done, only the model stays in DIR. Knows nothing of torch.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from training.trainer.plan import Plan

_FORMAT = 2
_WORK = ".training"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What a run is, as it is written down when it begins."""

    asked: str
    """What the base was called by who began it."""
    base: str
    """What to load, from wherever it is gone on with; or the shape to begin from."""
    base_sha256: str
    corpus_sha256: str
    scratch: bool
    seed: int
    freeze_layers: int
    wishes: dict[str, Any]
    """What the user set himself."""
    plan: Plan


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder that a model will be in."""

    path: Path

    @property
    def work(self) -> Path:
        """What is gone when the training is done."""
        return self.path / _WORK

    @property
    def tokens(self) -> Path:
        """The corpus, encoded."""
        return self.work / "tokens"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer of a training from scratch."""
        return self.work / "tokenizer"

    @property
    def checkpoints(self) -> Path:
        """Where a run goes on from."""
        return self.work / "checkpoints"

    @property
    def begun(self) -> bool:
        """Whether a run was begun here and not finished."""
        return self._file.is_file()

    @property
    def _file(self) -> Path:
        return self.work / "run.json"

    def check(self, *, resume: bool) -> None:
        """Raise InputRefused where nothing can begin here, or nothing can go on."""
        if resume and not self.begun:
            done = (self.path / "grue.json").is_file()
            raise InputRefused(
                f"The training in {self.path} is done; there is nothing to go on with."
                if done
                else f"No training was begun in {self.path}. Leave --resume out."
            )
        if resume:
            return
        if self.begun:
            raise InputRefused(
                f"{self.path} holds a training that was begun. Add --resume to go on with it, or "
                "give another folder with -o."
            )
        if self.path.exists() and (not self.path.is_dir() or any(_others(self.path))):
            raise InputRefused(
                f"{self.path} is not an empty folder. Give another one with -o, so that nothing in "
                "it is overwritten."
            )

    def begin(self, run: RunRecord) -> None:
        """Write the run down."""
        self.work.mkdir(parents=True, exist_ok=True)
        document = {"format": _FORMAT, **asdict(run)}
        document["plan"]["reasons"] = dict(run.plan.reasons)
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(document, indent=2), encoding="utf-8")
        part.replace(self._file)

    def read(self) -> RunRecord:
        """Return the run that was begun here. Raises InputRefused where it cannot be read."""
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
            if document.pop("format") != _FORMAT:
                raise InputRefused(f"{self._file} was written by another version of Grue.")
            return RunRecord(**{**document, "plan": Plan(**document["plan"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputRefused(f"{self._file} cannot be read: {error}.") from error

    def withdraw(self) -> None:
        """Leave nothing behind of a run that could not begin."""
        if self.begun:
            return
        shutil.rmtree(self.work, ignore_errors=True)
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()

    def finish(self) -> None:
        """Remove what only the run needed; the model is in the folder now."""
        shutil.rmtree(self.work, ignore_errors=True)


def _others(path: Path) -> list[Path]:
    return [entry for entry in path.iterdir() if entry.name != _WORK]
