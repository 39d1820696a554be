"""Provides `plan()`: every number of a training, each from the rule or from the user.

Knows nothing of how a number is derived, nor of torch.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from dungeon.errors import InputRefused
from training.trainer import hyperparameters
from training.trainer.hyperparameters import Method, Overrides, TaskFacts

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Plan:
    """Every number of a training."""

    method: Method
    width: int
    batch_rows: int
    """Rows that one step learns from, over all devices and micro-batches."""
    micro_rows: int
    """Rows that one device takes at a time."""
    accumulation: int
    """Micro-batches of one step on each device."""
    learning_rate: float
    epochs: int
    steps: int
    warmup_steps: int
    look_rows: int
    """Held-out rows that a look reads."""
    evaluate_every: int
    """Steps between two looks at the held-out text."""
    weight_decay: float
    rank: int
    """Of the adapter; 0 where all weights learn."""
    checkpoint_activations: bool
    sharded: bool
    """Whether weights and moments are divided over the devices."""
    patience: int
    """Looks at the held-out text without a gain, after which the training ends."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why each number is what it is."""

    def with_less(self) -> "Plan":
        """Return the plan for less memory: the same batch, half as many rows of it at a time."""
        share = self.micro_rows * self.accumulation
        rows = hyperparameters.dividing(share, self.micro_rows // 2)
        return replace(self, micro_rows=rows, accumulation=share // rows)


def plan(
    task: TaskFacts,
    wishes: Mapping[str, Any] = MappingProxyType({}),
    known: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """Return the plan for a task. What `wishes` names is taken as it is.

    `known` are the reasons for what the task itself says already: its method and its width.

    Raises InputRefused where a wish cannot be met.
    """
    reasons = dict(known)

    def pick(name: str, chosen: Overrides[Value]) -> Value:
        if (wish := wishes.get(name)) is not None:
            reasons[name] = "as you said"
            value: Value = wish
            return value
        reasons[name] = chosen.reason
        return chosen.value

    rows = pick("batch_rows", hyperparameters.batch_rows(task))
    if rows % task.devices:
        raise InputRefused(
            f"A batch of {rows} rows cannot be divided over {task.devices} devices. Give a "
            "multiple of that with --batch-rows."
        )
    fitting = hyperparameters.micro_rows(task, rows)
    micro = pick("micro_rows", Overrides(fitting.value[0], fitting.reason))
    if rows // task.devices % micro:
        raise InputRefused(
            f"{rows // task.devices} rows for each device cannot be taken {micro} at a time. Give "
            "a divisor of that with --micro-rows."
        )
    checkpointed = pick("checkpoint_activations", Overrides(fitting.value[1], fitting.reason))
    times = pick("epochs", hyperparameters.epochs(task))
    lora = task.method == "lora"
    whole = math.ceil(task.rows / rows) * times
    steps = min(wishes.get("steps") or whole, whole)
    look = min(pick("look_rows", hyperparameters.look_rows(task, rows, steps)), task.held_rows)
    return Plan(
        method=task.method,
        width=task.width,
        batch_rows=rows,
        micro_rows=micro,
        accumulation=rows // task.devices // micro,
        learning_rate=pick("learning_rate", hyperparameters.learning_rate(task, rows)),
        epochs=times,
        steps=steps,
        warmup_steps=pick("warmup_steps", hyperparameters.warmup_steps(steps)),
        look_rows=look,
        evaluate_every=pick("evaluate_every", hyperparameters.evaluate_every(look, rows, steps)),
        weight_decay=pick("weight_decay", hyperparameters.weight_decay(task)),
        rank=pick("rank", Overrides(hyperparameters.RANK, "small, and enough for a style"))
        if lora
        else 0,
        checkpoint_activations=checkpointed,
        sharded=task.sharded,
        patience=pick(
            "patience", Overrides(hyperparameters.PATIENCE, "looks without a gain end the training")
        ),
        reasons=reasons,
    )


NO_PLAN = Plan("full", 0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, 0.0, 0, False, False, 0)
"""What stands in a run before its numbers are known."""
