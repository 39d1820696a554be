"""Report a training to an experiment tracker, through the integrations of transformers."""

import importlib.util
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from dungeon.errors import InputRefused

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


def direct_tensorboard(callbacks: Iterable[Any], folder: Path) -> None:
    """Let TensorBoard's integration write to `folder`/runs, unless the environment says where.

    Its own default lies beside the checkpoints, which are removed after the training.
    """
    for callback in callbacks:
        if type(callback).__name__ == "TensorBoardCallback" and callback.logging_dir is None:
            callback.logging_dir = str(folder / "runs")
