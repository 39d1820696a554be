"""Report a training to an experiment tracker, through the integrations of transformers."""

import importlib
import importlib.util
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from dungeon.errors import GrueError, InputRefused
from dungeon.text import clean_line

Tracker = Literal["none", "tensorboard", "wandb", "trackio"]

PROJECT = "grue"
"""The project of the trackers that have projects, unless the user's environment names another."""


def check_tracker(tracker: Tracker) -> None:
    """Raise InputRefused, with the command that installs it, where its package is missing."""
    if tracker != "none" and importlib.util.find_spec(tracker) is None:
        raise InputRefused(
            f"--report-to {tracker} needs a package that is not installed. Install it with: "
            f"pip install {tracker}"
        )


def tracker_arguments(tracker: Tracker, folder: Path) -> dict[str, Any]:
    """Return the arguments of the Trainer that report the training in `folder`."""
    if tracker == "wandb":
        os.environ.setdefault("WANDB_PROJECT", PROJECT)
    return {"report_to": tracker, "run_name": folder.resolve().name, "project": PROJECT}


@contextmanager
def explained_tracker_errors(tracker: Tracker) -> Iterator[None]:
    """Raise an error of wandb, such as a missing login, as ours; the others need no account."""
    if tracker != "wandb":
        yield
        return
    try:
        yield
    except importlib.import_module("wandb").Error as error:
        raise GrueError(
            f"The training cannot be reported to wandb: {clean_line(str(error)).rstrip('.')}. Then "
            "continue with --resume, or leave --report-to out."
        ) from error


def direct_tensorboard(callbacks: Iterable[Any], folder: Path) -> None:
    """Let TensorBoard's integration write to `folder`/runs, unless the environment says where.

    Its own default lies beside the checkpoints, which are removed after the training.
    """
    for callback in callbacks:
        if type(callback).__name__ == "TensorBoardCallback" and callback.logging_dir is None:
            callback.logging_dir = str(folder / "runs")
