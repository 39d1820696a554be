"""List every hyperparameter that can be set: its values, its help.

The command line, configuration files and the Python API all read this table. Imports no torch.
"""

from dataclasses import dataclass
from typing import get_args

from training.arguments import Argument
from training.trainer.hyperparameters import Method


@dataclass(frozen=True, slots=True)
class Option:
    """A field of the plan that can be set."""

    argument: Argument
    help: str


_COUNT = Argument(int, minimum=1)

HYPERPARAMETERS = {
    "method": Option(
        Argument(str, choices=get_args(Method)),
        "Train a LoRA adapter or all weights (default: all weights if they fit on a GPU).",
    ),
    "epochs": Option(_COUNT, "Passes over the corpus, at most (num_train_epochs)."),
    "max_steps": Option(_COUNT, "Optimizer steps, at most; all epochs may have fewer."),
    "max_seq_length": Option(
        Argument(int, minimum=8), "Sequence length in tokens; documents are packed."
    ),
    "batch_size": Option(
        _COUNT,
        "Sequences per optimizer step, over all devices and accumulated (effective batch size).",
    ),
    "micro_batch_size": Option(
        _COUNT,
        "Sequences per forward pass on a device (per_device_train_batch_size); gradients are "
        "accumulated up to --batch-size.",
    ),
    "learning_rate": Option(Argument(float, minimum=0, open=True), "Peak learning rate."),
    "warmup_steps": Option(Argument(int, minimum=0), "Steps in which the learning rate rises."),
    "weight_decay": Option(Argument(float, minimum=0), "Weight decay of AdamW."),
    "lora_rank": Option(_COUNT, "Rank of the adapter."),
    "lora_alpha": Option(
        _COUNT,
        "Scale of the adapter, which is divided by the rank, or by its square root with --rslora.",
    ),
    "lora_dropout": Option(
        Argument(float, minimum=0, maximum=0.9), "Dropout of the adapter's input."
    ),
    "lora_target_modules": Option(
        Argument(str), "Modules to adapt, with commas between them (default: all-linear)."
    ),
    "rslora": Option(Argument(bool), "Divide alpha by the square root of the rank (rsLoRA)."),
    "dora": Option(
        Argument(bool), "Train the length of each weight's rows separately (DoRA): slower."
    ),
    "eval_steps": Option(_COUNT, "Steps between evaluations, each with a checkpoint."),
    "eval_rows": Option(
        _COUNT, "Held-out sequences per evaluation (max_eval_samples, in packed rows)."
    ),
    "early_stopping_patience": Option(_COUNT, "Stop after N evaluations without improvement."),
    "gradient_checkpointing": Option(
        Argument(bool),
        "Recompute activations to save memory (default: if too few rows fit otherwise).",
    ),
    "fsdp": Option(
        Argument(bool),
        "Shard the weights over several GPUs (default: if they do not fit on one); may change with "
        "--resume.",
    ),
}
"""By field of the plan."""

ADAPTER_OPTIONS = (
    "lora_rank",
    "lora_alpha",
    "lora_dropout",
    "lora_target_modules",
    "rslora",
    "dora",
)
"""Those of an adapter; one of them alone means `--method lora`."""


def flag(name: str) -> str:
    """Return the option of the command line for an argument: `--batch-size`."""
    return f"--{name.replace('_', '-')}"
