"""Choose the hyperparameters of preference tuning."""

import math
from collections.abc import Mapping
from dataclasses import replace
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

LEARNING_RATE = 1e-4
EPOCHS = 2
"""In our own trial a third one cost more on other text than it gained (docs/benchmarks.md)."""

BATCH_SIZE = 8
"""Pairs per step: a few hundred pairs make some tens of steps per epoch."""

MICRO_BATCH_SIZE, MICRO_BATCH_SIZE_GPU = 2, 8
EVALUATIONS = 6
EARLY_STOPPING_PATIENCE = 3

_FIXED = ("method", "gradient_checkpointing", "fsdp", "eval_rows")
"""Hyperparameters of other trainings: here an adapter is trained, on one device."""


def make_plan(
    pairs: int,
    held_out: int,
    *,
    context_length: int,
    is_gpu: bool,
    overrides: Mapping[str, Any],
) -> Plan:
    """Return the plan for so many pairs. A field in `overrides` is taken as it is.

    Raises InputRefused where one of them does not apply, or contradicts another.
    """
    for name in _FIXED:
        if overrides.get(name) not in (None, False, "lora"):
            raise InputRefused(
                f"{flag(name)} does not apply to --preferences: an adapter is trained, on one "
                "device, and every held-out pair is read. Leave it out."
            )
    reasons: dict[str, str] = {}

    def pick(name: str, value: Value, reason: str) -> Value:
        if (override := overrides.get(name)) is not None:
            reasons[name] = SET_BY_USER
            value = override
        else:
            reasons[name] = reason
        return value

    def choose(name: str, chosen: Hyperparameter[Value]) -> Value:
        return pick(name, chosen.value, chosen.reason)

    length = choose("max_seq_length", choose_max_seq_length(context_length, is_gpu=is_gpu))
    if length > context_length:
        raise InputRefused(
            f"The context length of the base is {context_length} tokens. Give no more with "
            "--max-seq-length."
        )
    batch_size = pick("batch_size", min(BATCH_SIZE, pairs), "pairs per step")
    fits = MICRO_BATCH_SIZE_GPU if is_gpu else MICRO_BATCH_SIZE
    micro = pick("micro_batch_size", largest_divisor(batch_size, fits), "pairs at a time")
    if batch_size % micro:
        raise InputRefused(
            f"{count(batch_size, 'pair')} cannot be divided into micro-batches of {micro}. Give a "
            f"divisor of {batch_size} with --micro-batch-size."
        )
    epochs = pick("epochs", EPOCHS, "more costs the quality of other text")
    all_steps = math.ceil(pairs / batch_size) * epochs
    max_steps = limit_steps(overrides.get("max_steps"), all_steps, epochs, reasons)
    check_warmup(overrides.get("warmup_steps"), max_steps)
    rank = pick("lora_rank", LORA_RANK, "small, enough for a taste")
    rslora = pick("rslora", False, "alpha is divided by the rank")
    return replace(
        EMPTY_PLAN,
        method="lora",
        max_seq_length=length,
        batch_size=batch_size,
        micro_batch_size=micro,
        gradient_accumulation_steps=batch_size // micro,
        learning_rate=pick("learning_rate", LEARNING_RATE, "for an adapter, measured"),
        epochs=epochs,
        max_steps=max_steps,
        warmup_steps=choose("warmup_steps", choose_warmup_steps(max_steps)),
        eval_rows=held_out,
        eval_steps=min(
            pick("eval_steps", math.ceil(max_steps / EVALUATIONS), f"{EVALUATIONS} evaluations"),
            max_steps,
        ),
        weight_decay=pick("weight_decay", 0.0, "an adapter needs none"),
        lora_rank=rank,
        lora_alpha=choose("lora_alpha", choose_lora_alpha(rank, rslora=rslora)),
        lora_dropout=pick("lora_dropout", 0.0, "the base holds the model back already"),
        lora_target_modules=pick("lora_target_modules", "all-linear", "every matrix of the layers"),
        rslora=rslora,
        dora=pick("dora", False, "it costs time and memory"),
        gradient_checkpointing=False,
        fsdp=False,
        early_stopping_patience=pick(
            "early_stopping_patience",
            EARLY_STOPPING_PATIENCE,
            "evaluations without improvement end training",
        ),
        reasons=reasons,
    )
