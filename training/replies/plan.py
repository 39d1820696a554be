"""Choose the hyperparameters of a training on replies: an adapter, on one device."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from dungeon.errors import InputRefused
from dungeon.text.counts import count
from training.trainer.hyperparameters import (
    LORA_RANK,
    Hyperparameter,
    choose_lora_alpha,
    choose_max_seq_length,
    choose_warmup_steps,
    largest_divisor,
)
from training.trainer.options import flag
from training.trainer.plan import EMPTY_PLAN, SET_BY_USER, Plan, check_warmup, limit_steps

Value = TypeVar("Value")

BATCH_SIZE = 8
"""Rows per step: a few hundred rows make some tens of steps per epoch."""

EVALUATIONS = 6
EARLY_STOPPING_PATIENCE = 3

_FIXED = ("method", "gradient_checkpointing", "fsdp", "eval_rows")
"""Hyperparameters of other trainings: here an adapter is trained, on one device."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs from one training on replies to another."""

    option: str
    """The option that asks for it."""
    unit: str
    """What a row is: `pair`."""
    learning_rate: Hyperparameter[float]
    epochs: Hyperparameter[int]
    micro_batch_size: int
    """Rows at a time on a CPU, at most."""
    micro_batch_size_gpu: int
    rank_reason: str
    dropout_reason: str


@dataclass(frozen=True, slots=True)
class _Picker:
    """Chooses each value, and notes why."""

    overrides: Mapping[str, Any]
    reasons: dict[str, str]

    def pick(self, name: str, value: Value, reason: str) -> Value:
        """Return what is set for a field, or else `value`."""
        if (override := self.overrides.get(name)) is not None:
            self.reasons[name] = SET_BY_USER
            return override  # type: ignore[no-any-return]
        self.reasons[name] = reason
        return value

    def choose(self, name: str, chosen: Hyperparameter[Value]) -> Value:
        """Return what is set for a field, or else what a rule chose."""
        return self.pick(name, chosen.value, chosen.reason)


def make_plan(
    rules: Rules,
    rows: int,
    held_out: int,
    *,
    context_length: int,
    is_gpu: bool,
    overrides: Mapping[str, Any],
) -> Plan:
    """Return the plan for so many rows. A field in `overrides` is taken as it is.

    Raises InputRefused where one of them does not apply, or contradicts another.
    """
    _check_fixed(rules, overrides)
    reasons: dict[str, str] = {}
    picker = _Picker(overrides, reasons)
    pick, choose = picker.pick, picker.choose
    length = choose("max_seq_length", choose_max_seq_length(context_length, is_gpu=is_gpu))
    if length > context_length:
        raise InputRefused(
            f"The context length of the base is {context_length} tokens. Give no more with "
            "--max-seq-length."
        )
    batch_size, micro_batch_size = _choose_batch(rules, rows, picker, is_gpu=is_gpu)
    epochs = choose("epochs", rules.epochs)
    all_steps = math.ceil(rows / batch_size) * epochs
    max_steps = limit_steps(overrides.get("max_steps"), all_steps, epochs, reasons)
    check_warmup(overrides.get("warmup_steps"), max_steps)
    return replace(
        EMPTY_PLAN,
        method="lora",
        max_seq_length=length,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        gradient_accumulation_steps=batch_size // micro_batch_size,
        learning_rate=choose("learning_rate", rules.learning_rate),
        epochs=epochs,
        max_steps=max_steps,
        warmup_steps=choose("warmup_steps", choose_warmup_steps(max_steps)),
        eval_rows=held_out,
        eval_steps=min(
            pick("eval_steps", math.ceil(max_steps / EVALUATIONS), f"{EVALUATIONS} evaluations"),
            max_steps,
        ),
        weight_decay=pick("weight_decay", 0.0, "an adapter needs none"),
        **_adapter(rules, picker),
        early_stopping_patience=pick(
            "early_stopping_patience",
            EARLY_STOPPING_PATIENCE,
            "evaluations without improvement end training",
        ),
        reasons=reasons,
    )


def _check_fixed(rules: Rules, overrides: Mapping[str, Any]) -> None:
    for name in _FIXED:
        if overrides.get(name) not in (None, False, "lora"):
            raise InputRefused(
                f"{flag(name)} does not apply to {rules.option}: an adapter is trained, on one "
                f"device, and every held-out {rules.unit} is read. Leave it out."
            )


def _choose_batch(rules: Rules, rows: int, picker: _Picker, *, is_gpu: bool) -> tuple[int, int]:
    """Return the rows per step, and those at a time."""
    batch_size = picker.pick("batch_size", min(BATCH_SIZE, rows), f"{rules.unit}s per step")
    fits = rules.micro_batch_size_gpu if is_gpu else rules.micro_batch_size
    micro = picker.pick(
        "micro_batch_size", largest_divisor(batch_size, fits), f"{rules.unit}s at a time"
    )
    if batch_size % micro:
        raise InputRefused(
            f"{count(batch_size, rules.unit)} cannot be divided into micro-batches of {micro}. "
            f"Give a divisor of {batch_size} with --micro-batch-size."
        )
    return batch_size, micro


def _adapter(rules: Rules, picker: _Picker) -> dict[str, Any]:
    """Return the fields of the plan that describe the adapter."""
    pick = picker.pick
    rank = pick("lora_rank", LORA_RANK, rules.rank_reason)
    rslora = pick("rslora", False, "alpha is divided by the rank")
    return {
        "lora_rank": rank,
        "rslora": rslora,
        "lora_alpha": picker.choose("lora_alpha", choose_lora_alpha(rank, rslora=rslora)),
        "lora_dropout": pick("lora_dropout", 0.0, rules.dropout_reason),
        "lora_target_modules": pick(
            "lora_target_modules", "all-linear", "every matrix of the layers"
        ),
        "dora": pick("dora", False, "it costs time and memory"),
    }
