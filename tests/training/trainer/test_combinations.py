"""Tests that options which contradict each other are refused, all pairs of them."""

from typing import Any

import pytest

from dungeon.errors import InputRefused
from tests.rows import every_row
from training.trainer.config import TrainConfig
from training.trainer.hyperparameters import TaskFacts
from training.trainer.options import ADAPTER_OPTIONS, HYPERPARAMETERS, flag
from training.trainer.plan import make_plan

VALUES: dict[str, Any] = {
    "from_scratch": True,
    "freeze_layers": 1,
    "train_on": "replies",
    "seed": 3,
    "resume": True,
    "cost_per_hour": 2.0,
    "minutes": 3.0,
    "device": "cpu",
    "compile": False,
    "full": "full",
    "lora": "lora",
    "epochs": 2,
    "max_steps": 9,
    "max_seq_length": 64,
    "batch_size": 8,
    "micro_batch_size": 4,
    "learning_rate": 1e-4,
    "warmup_steps": 2,
    "weight_decay": 0.1,
    "lora_rank": 4,
    "lora_alpha": 8,
    "lora_dropout": 0.1,
    "lora_target_modules": "c_attn",
    "rslora": True,
    "dora": True,
    "eval_steps": 3,
    "eval_rows": 5,
    "early_stopping_patience": 2,
    "gradient_checkpointing": True,
    "fsdp": True,
}
"""A value for every option; `full` and `lora` are those of the method."""

CONTRADICTIONS = {
    *(frozenset({"from_scratch", name}) for name in (*ADAPTER_OPTIONS, "lora", "freeze_layers")),
    *(frozenset({"full", name}) for name in ADAPTER_OPTIONS),
}


def config(*names: str) -> TrainConfig:
    overrides, settings = {}, {}
    for name in names:
        if name in ("full", "lora"):
            overrides["method"] = VALUES[name]
        elif name in HYPERPARAMETERS:
            overrides[name] = VALUES[name]
        else:
            settings[name] = VALUES[name]
    return TrainConfig(**settings, overrides=overrides)


@every_row("first", VALUES)
def test_exactly_the_pairs_that_contradict_each_other_are_refused(first: str) -> None:
    for second in VALUES.keys() - {first}:
        if {first, second} == {"full", "lora"}:  # the same option twice
            continue
        if frozenset({first, second}) not in CONTRADICTIONS:
            config(first, second)
            continue
        with pytest.raises(InputRefused, match="Leave out") as refused:
            config(first, second)
        for name in (first, second):
            option = "--method" if name in ("full", "lora") else flag(name)
            assert option in str(refused.value)


def test_every_hyperparameter_is_among_the_pairs() -> None:
    assert set(HYPERPARAMETERS) - {"method"} <= set(VALUES)


SMALL = TaskFacts(
    from_scratch=False,
    parameters=124_000_000,
    trainable_parameters=124_000_000,
    num_layers=12,
    hidden_size=768,
    vocab_size=50257,
    context_length=1024,
    max_seq_length=512,
    rows=100,
    trained_tokens=50_000,
    held_out_rows=10,
    memory=64 << 30,
    is_gpu=True,
)


def test_an_option_of_an_adapter_alone_asks_for_one() -> None:
    assert make_plan(SMALL).method == "full"
    for name in ADAPTER_OPTIONS:
        made = make_plan(SMALL, {name: VALUES[name]})
        assert (made.method, getattr(made, name)) == ("lora", VALUES[name])
        assert flag(name) in made.reasons["method"]
    assert make_plan(SMALL, {"rslora": False}).method == "full"


def test_one_device_cannot_shard_and_a_warmup_must_end() -> None:
    with pytest.raises(InputRefused, match=r"--fsdp .* torchrun"):
        make_plan(SMALL, {"fsdp": True})
    for steps in (8, 9, 400):
        with pytest.raises(InputRefused, match="the training has 8 steps"):
            make_plan(SMALL, {"max_steps": 8, "warmup_steps": steps})
    for steps, warmup in ((8, 7), (1, 1)):  # the last is what the rule says of a single step
        made = make_plan(SMALL, {"max_steps": steps, "warmup_steps": warmup})
        assert made.warmup_steps == warmup


def test_rslora_has_one_alpha_for_every_rank() -> None:
    alphas = [make_plan(SMALL, {"lora_rank": r, "rslora": True}).lora_alpha for r in (4, 16, 64)]
    assert alphas == [8, 8, 8]
    assert make_plan(SMALL, {"lora_rank": 4}).lora_alpha == 8
    assert make_plan(SMALL, {"lora_rank": 64}).lora_alpha == 128


@every_row(
    ("overrides", "sentence"),
    [
        ({"epoch": 2}, "There is no argument `epoch`. Did you mean `epochs`?"),
        ({"method": "lore"}, "method must be `lora` or `full`, not “lore”. Did you mean `lora`?"),
        ({"epochs": 0}, "epochs must be a whole number of at least 1, not 0."),
        ({"epochs": 2.5}, "epochs must be a whole number of at least 1, not 2.5."),
        ({"batch_size": True}, "batch_size must be a whole number of at least 1, not true."),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0, not nan."),
        ({"learning_rate": "3e-4"}, "learning_rate must be a number above 0, not “3e-4”."),
        ({"lora_dropout": 1}, "lora_dropout must be a number from 0 to 0.9, not 1."),
        ({"dora": "yes"}, "dora must be true or false, not “yes”."),
    ],
)
def test_an_impossible_value_is_refused_in_a_sentence(
    overrides: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        TrainConfig(overrides=overrides)
    assert str(refused.value) == sentence
