"""Render the effective configuration of a run as TOML, for `grue train --config`."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import tomlkit

from training.trainer.config import TrainConfig
from training.trainer.options import ADAPTER_OPTIONS, HYPERPARAMETERS
from training.trainer.plan import SET_BY_USER
from training.trainer.run_folder import RunRecord

_LEFT_OUT = ("overrides", "resume", "minutes", "save_seconds")
"""Fields of TrainConfig that are part of the plan, or of one start of the training only."""


def render_config(run: RunRecord, config: TrainConfig, corpus: Path) -> str:
    """Return every setting of the run, those that were chosen by rule with their reasons."""
    lines = [
        "# Every setting of this training. Repeat it with: grue train --config FILE -o FOLDER",
        _line("corpus", str(corpus)),
        _line("base", run.requested_base),
        *_settings(run, config),
        "",
        "# Hyperparameters. Remove a line to have its value chosen again.",
        *_hyperparameters(run),
    ]
    return "\n".join(lines) + "\n"


def _settings(run: RunRecord, config: TrainConfig) -> Iterator[str]:
    for each in fields(TrainConfig):
        value = getattr(run, each.name, getattr(config, each.name))
        if each.name not in ("base", *_LEFT_OUT) and value is not None:
            yield _line(each.name, value)


def _hyperparameters(run: RunRecord) -> Iterator[str]:
    plan = run.plan
    for name in HYPERPARAMETERS:
        if plan.method == "full" and name in ADAPTER_OPTIONS:
            continue
        reason = plan.reasons.get(name, "")
        comment = f"  # {reason}" if reason and reason != SET_BY_USER else ""
        yield _line(name, getattr(plan, name)) + comment


def _line(name: str, value: Any) -> str:
    return f"{name.replace('_', '-')} = {tomlkit.item(value).as_string()}"
