"""Choose the hyperparameters of a training run from the model, the corpus and the hardware.

Every `choose_…` is a pure function that returns a value and the reason for it, with its sources
beside the constants; `plan.py` puts the values together. Imports no torch.
"""

import math
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Method = Literal["lora", "full"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Hyperparameter(Generic[Value]):
    """A value and the reason for it."""

    value: Value
    reason: str


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What the choices depend on: the model, the data and one device."""

    from_scratch: bool
    """Whether the weights are random."""
    parameters: int
    trainable_parameters: int
    """Those that are not frozen; of an adapter, its own."""
    num_layers: int
    hidden_size: int
    vocab_size: int
    context_length: int
    """Tokens the model was trained with."""
    max_seq_length: int
    """Tokens in a row."""
    rows: int
    """Rows in an epoch."""
    trained_tokens: int
    """Tokens with a loss in an epoch."""
    held_out_rows: int
    memory: int
    """Free bytes on one device."""
    is_gpu: bool
    method: Method = "full"
    devices: int = 1
    bf16: bool = False
    """Whether activations take two bytes instead of four."""
    chunked_loss: bool = True
    """Whether the loss is computed without holding the logits of all tokens."""
    fsdp: bool = False
    """Whether weights, gradients and optimizer state are sharded over the devices."""


# Method and sequence length -----------------------------------------------------------------------

MAX_SEQ_LENGTH, MAX_SEQ_LENGTH_CPU = 1_024, 512
"""The first is the context length of GPT-2, and more than a turn of a story needs."""


def choose_max_seq_length(context_length: int, *, is_gpu: bool) -> Hyperparameter[int]:
    """Return the tokens per row: the model's context length, less on a CPU."""
    if is_gpu or context_length <= MAX_SEQ_LENGTH_CPU:
        return Hyperparameter(
            min(context_length, MAX_SEQ_LENGTH), f"the model's context length is {context_length}"
        )
    return Hyperparameter(MAX_SEQ_LENGTH_CPU, "shorter rows train as well and faster on a CPU")


def choose_method(task: TaskFacts) -> Hyperparameter[Method]:
    """Return whether to train all weights or a LoRA adapter."""
    if task.from_scratch:
        return Hyperparameter("full", "random weights must all be trained")
    if not task.is_gpu:
        return Hyperparameter("lora", "an adapter trains faster on a CPU, and is small")
    if state_bytes(task) > USABLE_MEMORY * task.memory * task.devices / 2:
        return Hyperparameter("lora", "all weights and their optimizer state would fill the memory")
    return Hyperparameter("full", "all weights fit into memory with their optimizer state")


# Batch size and learning rate ---------------------------------------------------------------------

BATCH_TOKENS, BATCH_CORPUS_TOKENS = 16_384, 7_500_000
"""16 rows of 1,024 tokens for 30 MB of stories: between nanoGPT's fine-tuning batch (32,768) and
the few rows that smaller corpora are usually tuned with."""

BATCH_EXPONENT = 0.383
"""The best batch grows with the tokens to this power (Bergsma et al. 2025, arXiv 2505.13738)."""

BASE_LEARNING_RATE, BASE_PARAMETERS = 1e-4, 124e6
"""For all weights of the smallest GPT-2 at 16,384 tokens per step. With the exponent below, GPT-2
XL gets 3e-5, the value nanoGPT fine-tunes it with."""

LEARNING_RATE_EXPONENT = 0.47
"""The slope of GPT-3's learning rates from 125M to 1.3B (Brown et al. 2020, table 2.1)."""

FROM_SCRATCH_FACTOR = 3.0
"""Random weights tolerate more: 3e-4 for 124M, and 1e-3 for the 10M of nanoGPT's smallest run."""

LORA_FACTOR = 10.0
"""The best rate of an adapter is about ten times higher (Schulman et al. 2025, "LoRA without
regret"). In our own trial 4e-4 was best for 135M at 2,048 tokens per step; this rule says 3.4e-4.
"""

MAX_LEARNING_RATE = 3e-3


def choose_batch_size(task: TaskFacts) -> Hyperparameter[int]:
    """Return the rows per optimizer step: a power of two, rounded up to a multiple of devices."""
    tokens = BATCH_TOKENS * (task.trained_tokens / BATCH_CORPUS_TOKENS) ** BATCH_EXPONENT
    wanted = _power_of_two(tokens / task.max_seq_length)
    limit = _power_of_two(max(task.rows / 8, 1))  # at least about eight steps per epoch
    rows = max(1, min(wanted, limit))
    rows = math.ceil(rows / task.devices) * task.devices
    return Hyperparameter(
        rows,
        f"{rows * task.max_seq_length:,} tokens per step; the best batch grows with the "
        f"{task.trained_tokens:,} tokens of an epoch to the power of {BATCH_EXPONENT}",
    )


def choose_learning_rate(task: TaskFacts, batch_size: int) -> Hyperparameter[float]:
    """Return the peak learning rate: lower for more parameters, higher for larger batches."""
    size = (BASE_PARAMETERS / max(task.parameters, 1)) ** LEARNING_RATE_EXPONENT
    # the square root rule: Malladi et al. 2022, arXiv 2205.10287
    batch = math.sqrt(batch_size * task.max_seq_length / BATCH_TOKENS)
    if task.method == "lora":
        factor, trained = LORA_FACTOR, "an adapter"
    elif task.from_scratch:
        factor, trained = FROM_SCRATCH_FACTOR, "random weights"
    else:
        factor, trained = 1.0, "all weights"
    millions = task.parameters / 1e6
    size_text = f"{millions:.0f}M" if millions >= 10 else f"{millions:.2g}M"
    return Hyperparameter(
        min(float(f"{BASE_LEARNING_RATE * size * batch * factor:.2g}"), MAX_LEARNING_RATE),
        f"for {trained} of a model of {size_text} parameters, times the square "
        "root of the batch size",
    )


# Memory -------------------------------------------------------------------------------------------

STATE_BYTES = 16
"""Per trained parameter in float32: weight, gradient and Adam's two moments."""

ACTIVATION_VALUES = 17
"""Values a layer keeps per token and channel, without attention's matrix: 34 bytes of two bytes
each (Korthikanti et al. 2022, arXiv 2205.05198)."""

LOGIT_BYTES = 14
"""Per token and vocabulary entry: logits, their float32 copy, probabilities and gradient."""

USABLE_MEMORY = 0.8
"""The share of free memory to plan with; kernels and fragmentation take the rest."""

MAX_MICRO_TOKENS_CPU = 512
"""A CPU is hardly faster with many rows than with few: SmolLM2 trained 500 tokens per second with
one row of 512 at a time in 1.9 GB, 544 with two in 2.6 GB, and no more with four."""

MAX_MICRO_TOKENS_GPU = 65_536
"""No GPU gets faster beyond this."""

MIN_MICRO_TOKENS_GPU = 8_192
"""With fewer tokens at a time a GPU waits for kernel launches."""

LORA_SHARE = 50
"""An adapter of rank 16 on every matrix has about 1/50 of its base's parameters."""


def choose_fsdp(task: TaskFacts) -> Hyperparameter[bool]:
    """Return whether to shard weights, gradients and optimizer state over several devices."""
    if state_bytes(task) > USABLE_MEMORY * task.memory / 2:
        return Hyperparameter(True, "the weights and optimizer state do not fit on one device")
    return Hyperparameter(False, "the weights and optimizer state fit on every device")


def state_bytes(task: TaskFacts) -> int:
    """Return the bytes of weights, gradients and optimizer state on one device."""
    frozen = task.parameters - task.trainable_parameters
    if task.bf16 and task.method == "lora" and not task.fsdp:
        return STATE_BYTES * task.trainable_parameters + 2 * frozen
    bf16_copy = 2 * task.parameters if task.bf16 else 0
    total = STATE_BYTES * task.trainable_parameters + 4 * frozen + bf16_copy
    return total // (task.devices if task.fsdp else 1)


def row_bytes(task: TaskFacts, *, gradient_checkpointing: bool) -> int:
    """Return the bytes of activations per row."""
    value_bytes = 2 if task.bf16 else 4
    layer = ACTIVATION_VALUES * task.hidden_size * value_bytes
    layers = task.num_layers * layer
    if gradient_checkpointing:
        layers = task.num_layers * task.hidden_size * value_bytes + layer
    logits = 0 if task.chunked_loss else LOGIT_BYTES * task.vocab_size
    return task.max_seq_length * (layers + logits)


def choose_micro_batch_size(task: TaskFacts, batch_size: int) -> Hyperparameter[tuple[int, bool]]:
    """Return the rows per device and forward pass, and whether to use gradient checkpointing."""
    free = USABLE_MEMORY * task.memory - state_bytes(task)
    max_tokens = MAX_MICRO_TOKENS_GPU if task.is_gpu else MAX_MICRO_TOKENS_CPU
    share = max(batch_size // task.devices, 1)
    cap = min(share, max(max_tokens // task.max_seq_length, 1))
    plain, checkpointed = (
        int(free // row_bytes(task, gradient_checkpointing=on)) for on in (False, True)
    )
    enough = min(cap, max(MIN_MICRO_TOKENS_GPU // task.max_seq_length, 1)) if task.is_gpu else 1
    checkpointing = plain < enough and checkpointed > plain
    rows = largest_divisor(share, max(1, min(cap, checkpointed if checkpointing else plain)))
    reason = (
        f"what fits into {task.memory / 2**30:.0f} GiB beside {_format_bytes(state_bytes(task))} "
        "of weights and optimizer state"
    )
    if checkpointing:
        reason += "; activations are recomputed, because too few rows would fit otherwise"
    return Hyperparameter((rows, checkpointing), reason)


# Duration -----------------------------------------------------------------------------------------

EPOCHS = 4
"""Up to four epochs are as good as new text (Muennighoff et al. 2023, arXiv 2305.16264); early
stopping ends training sooner where they are not."""

MAX_EPOCHS = 16
"""Further repetition has almost no effect (the same paper)."""

TOKENS_PER_PARAMETER = 20
"""Compute-optimal for random weights (Hoffmann et al. 2022, arXiv 2203.15556)."""

WARMUP_STEPS = 40
"""2 / (1 - beta2) for Adam's second moment of 0.95 (Ma and Yarats 2019, arXiv 1910.04209)."""

EVALUATIONS = 20
"""Evaluations per training run, where they are cheap."""

EVALUATION_SHARE = 0.05
"""The largest share of the time for evaluation. Until the speed is measured, a held-out row counts
as a third of a training row, for want of a backward pass."""

MIN_EVAL_TOKENS = 16_384
"""Tokens that an evaluation reads at least; with fewer the result is noise."""

EARLY_STOPPING_PATIENCE = 4
LORA_RANK = 16

LORA_SCALE = 2
"""By which an adapter's product is multiplied: alpha 32 for rank 16, as in "LoRA without regret".
With rsLoRA alpha is divided by the square root of the rank instead (Kalajdzievski 2023, arXiv
2312.03732), so that one alpha serves every rank; ours gives rank 16 the same scale."""

BETAS = (0.9, 0.95)


def choose_epochs(task: TaskFacts) -> Hyperparameter[int]:
    """Return the maximum number of epochs."""
    if not task.from_scratch:
        return Hyperparameter(EPOCHS, "up to four epochs are as good as new text")
    wanted = math.ceil(TOKENS_PER_PARAMETER * task.parameters / max(task.trained_tokens, 1))
    return Hyperparameter(
        max(1, min(wanted, MAX_EPOCHS)), "random weights need 20 tokens per parameter"
    )


def choose_warmup_steps(steps: int) -> Hyperparameter[int]:
    """Return the steps during which the learning rate rises."""
    return Hyperparameter(
        min(WARMUP_STEPS, math.ceil(steps / 10)),
        "until Adam's second moment is reliable, at most a tenth of the steps",
    )


def choose_eval_rows(task: TaskFacts, batch_size: int, steps: int) -> Hyperparameter[int]:
    """Return how many held-out rows an evaluation reads."""
    cheap = math.floor(3 * EVALUATION_SHARE * steps * batch_size / EVALUATIONS)
    rows = max(cheap, math.ceil(MIN_EVAL_TOKENS / task.max_seq_length))
    if rows >= task.held_out_rows:
        return Hyperparameter(task.held_out_rows, "all held-out text")
    return Hyperparameter(rows, "evenly spaced, so that evaluation takes little of the time")


def choose_eval_steps(eval_rows: int, batch_size: int, steps: int) -> Hyperparameter[int]:
    """Return the steps between two evaluations of `eval_rows` rows."""
    cheap = math.ceil(eval_rows / 3 / (EVALUATION_SHARE * batch_size))
    return Hyperparameter(
        min(max(math.ceil(steps / EVALUATIONS), cheap), steps),
        f"{EVALUATIONS} evaluations, or fewer where they would take over a twentieth of the time",
    )


def choose_lora_alpha(rank: int, *, rslora: bool) -> Hyperparameter[int]:
    """Return the adapter's alpha."""
    if rslora:
        alpha = round(LORA_SCALE * math.sqrt(LORA_RANK))
        return Hyperparameter(alpha, f"the scale that rank {LORA_RANK} has without rsLoRA")
    return Hyperparameter(LORA_SCALE * rank, "twice the rank, so that the scale is always the same")


def choose_weight_decay(task: TaskFacts) -> Hyperparameter[float]:
    """Return AdamW's weight decay."""
    if task.method == "lora":
        return Hyperparameter(0.0, "an adapter needs none")
    if task.from_scratch:
        return Hyperparameter(0.1, "as GPT-3 was trained")
    return Hyperparameter(0.01, "little, because the weights are trained already")


def _power_of_two(number: float) -> int:
    return 1 << max(round(math.log2(max(number, 1))), 0)


def largest_divisor(number: int, limit: int) -> int:
    """Return the largest divisor of `number` that is at most `limit`."""
    return next(part for part in range(min(number, limit), 0, -1) if number % part == 0)


def _format_bytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
