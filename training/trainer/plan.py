"""Put the hyperparameters of a run together: chosen by rule, or set by the user."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from dungeon.errors import InputRefused
from dungeon.text.counts import count
from training.trainer import hyperparameters as rules
from training.trainer.hyperparameters import Hyperparameter, Method, TaskFacts
from training.trainer.options import ADAPTER_OPTIONS, flag

Value = TypeVar("Value")

SET_BY_USER = "set by you"


@dataclass(frozen=True, slots=True)
class Plan:
    """Every hyperparameter of a training run."""

    method: Method
    max_seq_length: int
    """Tokens per row."""
    batch_size: int
    """Rows per optimizer step, over all devices and micro-batches."""
    micro_batch_size: int
    """Rows per device and forward pass."""
    gradient_accumulation_steps: int
    """Micro-batches per step on each device."""
    learning_rate: float
    epochs: int
    max_steps: int
    warmup_steps: int
    eval_rows: int
    """Held-out rows per evaluation."""
    eval_steps: int
    """Steps between two evaluations, each with a checkpoint."""
    weight_decay: float
    lora_rank: int
    """0 where all weights are trained; the other settings of an adapter mean nothing then."""
    lora_alpha: int
    lora_dropout: float
    lora_target_modules: str
    """As PEFT names them, with commas between; `all-linear` for every matrix of the layers."""
    rslora: bool
    dora: bool
    gradient_checkpointing: bool
    fsdp: bool
    """Whether weights, gradients and optimizer state are sharded over the devices."""
    early_stopping_patience: int
    """Evaluations without improvement after which training stops."""
    sample_tokens: int = 48
    """Tokens of each sample of an evaluation."""
    reasons: dict[str, str] = field(default_factory=dict)
    """The reason for each value, by field name."""

    def with_smaller_micro_batch(self) -> "Plan":
        """Return the plan with at most half as many rows per forward pass, and the same batch."""
        share = self.micro_batch_size * self.gradient_accumulation_steps
        rows = rules.largest_divisor(share, self.micro_batch_size // 2)
        return replace(self, micro_batch_size=rows, gradient_accumulation_steps=share // rows)

    def describe(self) -> list[str]:
        """Return a line for each hyperparameter that was chosen, with the reason."""
        return [
            describe_hyperparameter(name, getattr(self, name), reason)
            for name, reason in self.reasons.items()
        ]


def describe_hyperparameter(name: str, value: object, reason: str) -> str:
    """Return the line of a hyperparameter in a printed plan."""
    match value:
        case bool():
            shown = "yes" if value else "no"
        case float():
            shown = f"{value:g}"
        case _:
            shown = str(value)
    return f"  {name.replace('_', ' '):<23} {shown:<8} {reason}"


EMPTY_PLAN = Plan(
    method="full",
    max_seq_length=0,
    batch_size=0,
    micro_batch_size=0,
    gradient_accumulation_steps=0,
    learning_rate=0.0,
    epochs=0,
    max_steps=0,
    warmup_steps=0,
    eval_rows=0,
    eval_steps=0,
    weight_decay=0.0,
    lora_rank=0,
    lora_alpha=0,
    lora_dropout=0.0,
    lora_target_modules="",
    rslora=False,
    dora=False,
    gradient_checkpointing=False,
    fsdp=False,
    early_stopping_patience=0,
)
"""Stands in for a plan until the base model is loaded."""


FSDP_NEEDS_DEVICES = (
    "--fsdp shards the weights over several devices, and there is one. Start under torchrun, or "
    "leave --fsdp out."
)


class _Pick(Protocol):
    """Return the value that is set for a field, or else the chosen one; note the reason."""

    def __call__(self, name: str, chosen: Hyperparameter[Value]) -> Value: ...


def make_plan(
    task: TaskFacts,
    overrides: Mapping[str, Any] = MappingProxyType({}),
) -> Plan:
    """Return the plan for a task. A field in `overrides` is taken as it is.

    Raises InputRefused, naming the option, where overrides do not fit each other, the devices or
    the length of the training.
    """
    reasons: dict[str, str] = {}

    def pick(name: str, chosen: Hyperparameter[Value]) -> Value:
        if (override := overrides.get(name)) is not None:
            reasons[name] = SET_BY_USER
            value: Value = override
            return value
        reasons[name] = chosen.reason
        return chosen.value

    task = replace(task, method=pick("method", _choose_method(task, overrides)))
    if task.method == "lora":
        task = replace(task, trainable_parameters=task.parameters // rules.LORA_SHARE)
    if task.devices == 1 and overrides.get("fsdp"):
        raise InputRefused(FSDP_NEEDS_DEVICES)
    if task.devices > 1:
        task = replace(task, fsdp=pick("fsdp", rules.choose_fsdp(task)))
    pick(
        "max_seq_length",
        rules.choose_max_seq_length(task.context_length, is_gpu=task.is_gpu),
    )
    batch_size = pick("batch_size", rules.choose_batch_size(task))
    if batch_size % task.devices:
        raise InputRefused(
            f"A batch of {count(batch_size, 'row')} cannot be divided among {task.devices} "
            f"devices. Give a multiple of {task.devices} with --batch-size."
        )
    share = batch_size // task.devices
    fit = rules.choose_micro_batch_size(task, batch_size)
    micro_batch_size = pick("micro_batch_size", Hyperparameter(fit.value[0], fit.reason))
    if share % micro_batch_size:
        raise InputRefused(
            f"{share} rows per device cannot be divided into micro-batches of {micro_batch_size}. "
            f"Give a divisor of {share} with --micro-batch-size."
        )
    gradient_checkpointing = pick(
        "gradient_checkpointing", Hyperparameter(fit.value[1], fit.reason)
    )
    epochs = pick("epochs", rules.choose_epochs(task))
    all_steps = math.ceil(task.rows / batch_size) * epochs
    max_steps = limit_steps(overrides.get("max_steps"), all_steps, epochs, reasons)
    eval_rows = pick("eval_rows", rules.choose_eval_rows(task, batch_size, max_steps))
    eval_rows = min(eval_rows, task.held_out_rows)
    warmup_steps = pick("warmup_steps", rules.choose_warmup_steps(max_steps))
    check_warmup(overrides.get("warmup_steps"), max_steps)
    patience = Hyperparameter(
        rules.EARLY_STOPPING_PATIENCE, "evaluations without improvement end training"
    )
    return Plan(
        method=task.method,
        max_seq_length=task.max_seq_length,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        gradient_accumulation_steps=share // micro_batch_size,
        learning_rate=pick("learning_rate", rules.choose_learning_rate(task, batch_size)),
        epochs=epochs,
        max_steps=max_steps,
        warmup_steps=warmup_steps,
        eval_rows=eval_rows,
        eval_steps=pick("eval_steps", rules.choose_eval_steps(eval_rows, batch_size, max_steps)),
        weight_decay=pick("weight_decay", rules.choose_weight_decay(task)),
        **_adapter(task, pick),
        gradient_checkpointing=gradient_checkpointing,
        fsdp=task.fsdp,
        early_stopping_patience=pick("early_stopping_patience", patience),
        reasons=reasons,
    )


def limit_steps(asked: int | None, all_steps: int, epochs: int, reasons: dict[str, str]) -> int:
    """Return the steps of a training: those asked for, at most all; where all are fewer than asked
    for, that is added to `reasons`.
    """
    if asked and asked > all_steps:
        reasons["max_steps"] = f"all of {count(epochs, 'epoch')}, fewer than the {asked:,} allowed"
    return min(asked or all_steps, all_steps)


def check_warmup(asked: int | None, max_steps: int) -> None:
    """Raise InputRefused where the warmup that is asked for takes the whole training."""
    if asked and asked >= max(max_steps, 2):
        raise InputRefused(
            "The learning rate would never reach its peak: the training has "
            f"{count(max_steps, 'step')}. Give fewer than that with --warmup-steps."
        )


def _choose_method(task: TaskFacts, overrides: Mapping[str, Any]) -> Hyperparameter[Method]:
    """Return the method by rule; an option for an adapter asks for one."""
    for name in ADAPTER_OPTIONS:
        if overrides.get(name) not in (None, False):
            return Hyperparameter("lora", f"{flag(name)} is for an adapter")
    return rules.choose_method(task)


def _adapter(task: TaskFacts, pick: _Pick) -> dict[str, Any]:
    """Return the fields of the plan that describe an adapter."""
    if task.method != "lora":
        return {name: getattr(EMPTY_PLAN, name) for name in ADAPTER_OPTIONS}
    rank = pick("lora_rank", Hyperparameter(rules.LORA_RANK, "small, enough for a style"))
    rslora = pick("rslora", Hyperparameter(False, "alpha is divided by the rank"))
    return {
        "lora_rank": rank,
        "rslora": rslora,
        "lora_alpha": pick("lora_alpha", rules.choose_lora_alpha(rank, rslora=rslora)),
        "lora_dropout": pick("lora_dropout", Hyperparameter(0.0, "documents are seldom repeated")),
        "lora_target_modules": pick(
            "lora_target_modules", Hyperparameter("all-linear", "every matrix of the layers")
        ),
        "dora": pick("dora", Hyperparameter(False, "it costs time and memory")),
    }
