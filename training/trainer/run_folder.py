"""Manage the output folder of a training run, and the record of the run in it.

    DIR/train.toml                the effective configuration, for `grue train --config`
    DIR/.training/run.json        the run: base, corpus, and every hyperparameter
    DIR/.training/tokens/         the encoded corpus
    DIR/.training/tokenizer/      the tokenizer, where training starts from scratch
    DIR/.training/checkpoints/    checkpoints to resume from
    DIR/.training/lock            locked while a process trains here

After training the model and train.toml remain in DIR.
"""

import json
import os
import shlex
import shutil
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from dungeon.errors import GrueError, InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.files.disk_room import is_disk_full, write_advice, write_failure
from training.data.documents import TrainOn
from training.trainer.plan import Plan

_FORMAT = 5
_WORK = ".training"
_CONFIG = "train.toml"

RESUME_ADVICE = "and continue with --resume"
"""What to do once the cause of a failed write is gone, as `write_advice` takes it."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as it is recorded when it starts."""

    requested_base: str
    """The base as the user named it."""
    base: str
    """The reference to load it from anywhere; from scratch, the name of the shape."""
    base_sha256: str
    corpus_sha256: str
    from_scratch: bool
    seed: int
    freeze_layers: int
    train_on: TrainOn
    mix: list[str]
    """Weights of works and sources, each `NAME=WEIGHT`."""
    overrides: dict[str, Any]
    """Fields of the plan that the user set."""
    plan: Plan

    @property
    def is_on_pairs(self) -> bool:
        """Whether it is preference tuning."""
        return "beta" in self.overrides

    @property
    def has_text(self) -> bool:
        """Whether it is preference tuning with the text of a corpus next to the pairs."""
        return "lm_weight" in self.overrides


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder that the model is written to."""

    path: Path

    @property
    def work(self) -> Path:
        """The working folder, which is removed after training."""
        return self.path / _WORK

    @property
    def tokens(self) -> Path:
        """The cache of the encoded corpus."""
        return self.work / "tokens"

    @property
    def tokenizer(self) -> Path:
        """The tokenizer of a training from scratch."""
        return self.work / "tokenizer"

    @property
    def checkpoints(self) -> Path:
        """The checkpoints."""
        return self.work / "checkpoints"

    @property
    def has_run(self) -> bool:
        """Whether an unfinished run is recorded here."""
        return self._file.is_file()

    @property
    def _quoted(self) -> str:
        """The folder as a shell takes it."""
        return shlex.quote(str(self.path))

    @property
    def _file(self) -> Path:
        return self.work / "run.json"

    def check(self, *, resume: bool) -> None:
        """Raise InputRefused where no run can start here, or none can be resumed."""
        if resume and not self.has_run:
            is_finished = (self.path / "grue.json").is_file()
            raise InputRefused(
                f"The training in {self.path} is finished; there is nothing to resume."
                if is_finished
                else f"There is no training to resume in {self.path}. Leave --resume out."
            )
        if resume:
            return
        if self.has_run:
            with self.lock():  # tells of a training that is running
                pass
            raise InputRefused(
                f"{self.path} holds an unfinished training. Add --resume to continue it, or give "
                "another folder with -o."
            )
        if self.path.exists() and (not self.path.is_dir() or self._has_other_files()):
            raise InputRefused(
                f"{self.path} is not an empty folder. Give another one with -o, so that nothing in "
                "it is overwritten."
            )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let no other process train here while the block runs; a process that dies unlocks.

        Raises InputRefused where another one does, or where the folder cannot be created. Of
        several processes that train together the first one locks. What is left of a run that ended
        or could not start is removed after the block.
        """
        if int(os.environ.get("RANK", "0")):
            yield
            return
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.work / "lock", timeout=0)
            lock.acquire()
        except Timeout as error:
            raise InputRefused(
                f"Another process is training in {self.path}. Wait until it has ended, or give "
                "another folder with -o."
            ) from error
        except OSError as error:
            raise self.not_written(error) from error
        try:
            yield
        finally:
            lock.release()
            self.discard()

    @contextmanager
    def explained_full_disk(self) -> Iterator[None]:
        """Raise NotSaved where the disk is full, whichever library was writing to the folder.

        What has a sentence of its own, such as a checkpoint, passes.
        """
        try:
            yield
        except GrueError:
            raise
        except Exception as error:  # tokenizers raises no other
            if not is_disk_full(error):
                raise
            raise self.not_written(error) from error

    def not_written(self, error: Exception) -> GrueError:
        """Return the error of a folder that cannot be written to: NotSaved for a run that can be
        resumed, InputRefused for one that cannot start.
        """
        reason = write_failure(error, self.path)
        if self.has_run:
            return NotSaved(
                f"Training cannot go on in {self.path}: {reason}. "
                f"{write_advice(error, RESUME_ADVICE)}"
            )
        return InputRefused(
            f"Training cannot start in {self.path}: {reason}. "
            f"{write_advice(error, 'or give another folder with -o')}"
        )

    def has_changed(self, what: str) -> InputRefused:
        """Return the refusal to resume a run of which `what` is another one today."""
        return InputRefused(
            f"The training in {self.path} cannot be resumed: {what} changed since it started. "
            "Start another with -o."
        )

    def settings_differ(self, flags: Sequence[str]) -> InputRefused:
        """Return the refusal to resume a run with other settings than it started with."""
        return InputRefused(
            f"The training in {self.path} continues with the settings it started with; leave out "
            f"{', '.join(flags)}, or start another with -o."
        )

    def text_differs(self, *, has_text: bool) -> InputRefused:
        """Return the refusal to resume a tuning with a corpus, or without one."""
        problem = (
            "was started without a CORPUS: leave it out"
            if has_text
            else "is also on the text of a corpus: name it again"
        )
        command = self._resume_tuning(not has_text)
        return InputRefused(f"The training in {self.path} {problem}. {command}")

    def _resume_tuning(self, has_text: bool) -> str:
        corpus = "CORPUS " if has_text else ""
        return f"grue train {corpus}--preferences FILE -o {self._quoted} --resume"

    def write_run(self, run: RunRecord) -> None:
        """Record the run."""
        self.work.mkdir(parents=True, exist_ok=True)
        document = {"format": _FORMAT, **asdict(run)}
        with atomic_write(self._file) as file:
            file.write(json.dumps(document, indent=2).encode())

    def write_config(self, text: str) -> None:
        """Write the effective configuration of the run."""
        with atomic_write(self.path / _CONFIG) as file:
            file.write(text.encode())

    def recorded_corpus(self) -> Path:
        """Return the corpus of the run, as train.toml has it.

        Raises InputRefused where that does not say it, or it is not there any more.
        """
        run = self.read_run()
        if run.is_on_pairs:
            raise InputRefused(
                f"The training in {self.path} is on pairs of replies"
                f"{' and on the text of a corpus' if run.has_text else ''}. Name "
                f"{'both' if run.has_text else 'their file'} again: "
                f"{self._resume_tuning(run.has_text)}"
            )
        file = self.path / _CONFIG
        try:
            corpus = Path(tomllib.loads(file.read_text(encoding="utf-8"))["corpus"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputRefused(
                f"{file} does not say what the training is on. Name its corpus: grue train CORPUS "
                f"-o {self._quoted} --resume"
            ) from error
        if not corpus.exists():
            raise InputRefused(
                f"{file} names the corpus {corpus}, which is not there, seen from this folder. "
                f"Name it: grue train CORPUS -o {self._quoted} --resume"
            )
        return corpus

    def read_run(self) -> RunRecord:
        """Return the run that is recorded here. Raises InputRefused where it cannot be read."""
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
            if document.pop("format") != _FORMAT:
                raise InputRefused(f"{self._file} was written by another version of Grue.")
            return RunRecord(**{**document, "plan": Plan(**document["plan"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputRefused(f"{self._file} cannot be read: {error}.") from error

    def discard(self) -> None:
        """Remove what is left of a run that ended or could not start; an unfinished one is kept."""
        if self.has_run:
            return
        shutil.rmtree(self.work, ignore_errors=True)
        if self.path.is_dir() and not any(self.path.iterdir()):
            self.path.rmdir()

    def remove_work(self) -> None:
        """Remove the working folder, once the model is written."""
        shutil.rmtree(self.work, ignore_errors=True)

    def _has_other_files(self) -> bool:
        return any(entry.name != _WORK for entry in self.path.iterdir())
