"""Provides the hyper-parameters of a training, derived from what is trained on what with what.

Each is a pure function that returns a value and the reason for it; `plan.py` beside it puts them
together. Sources stand beside the numbers. Knows nothing of torch, files or the command line.
"""

import math
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Method = Literal["lora", "full"]
METHODS: tuple[Method, ...] = ("lora", "full")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Overrides(Generic[Value]):
    """A value and why it is that."""

    value: Value
    reason: str


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """What is to be trained, on how much, with what."""

    method: Method
    scratch: bool
    """Whether the weights are random."""
    parameters: int
    trained: int
    """How many of the parameters learn."""
    layers: int
    hidden: int
    """The width of the model."""
    vocabulary: int
    width: int
    """Tokens in a row."""
    rows: int
    """Rows in an epoch."""
    learned: int
    """Tokens learned in an epoch."""
    held_rows: int
    """Rows that are held out."""
    memory: int
    """Bytes that one device has free."""
    is_gpu: bool
    devices: int = 1
    half: bool = False
    """Whether activations have two bytes, not four."""
    sharded: bool = False
    """Whether weights and moments are divided over the devices."""


WIDTH, WIDTH_CPU = 1_024, 512
"""The first is what GPT-2 reads, and more than a story's turn needs."""


def row_width(context_length: int, *, is_gpu: bool) -> Overrides[int]:
    """Return the tokens of a row: as many as the model is made for, fewer on a processor."""
    if is_gpu or context_length <= WIDTH_CPU:
        return Overrides(min(context_length, WIDTH), f"the model is made for {context_length}")
    return Overrides(WIDTH_CPU, "a processor learns as much from shorter rows, sooner")


def method(task: TaskFacts) -> Overrides[Method]:
    """Return which weights learn, where nobody says."""
    if task.scratch:
        return Overrides("full", "random weights all have to learn")
    if not task.is_gpu:
        return Overrides("lora", "an adapter is learned sooner on a processor, and is small")
    if state_bytes(task) > USABLE * task.memory * task.devices / 2:
        return Overrides("lora", "all weights and their moments would fill the memory")
    return Overrides("full", "all weights fit into memory with their moments")


# Batch and learning rate --------------------------------------------------------------------------

BATCH_TOKENS, BATCH_DATA = 16_384, 7_500_000
"""16 rows of 1,024 tokens for 30 MB of stories: between nanoGPT's fine-tuning batch (32,768) and
the few rows that smaller corpora are usually tuned with."""

BATCH_EXPONENT = 0.383
"""The best batch grows with the tokens to this power (Bergsma et al. 2025, arXiv 2505.13738)."""

RATE, RATE_PARAMETERS = 1e-4, 124e6
"""For all weights of the smallest GPT-2 at 16,384 tokens a step. By the exponent below GPT-2 XL
then gets 3e-5, which is what nanoGPT fine-tunes it with."""

RATE_EXPONENT = 0.47
"""The slope of GPT-3's learning rates from 125M to 1.3B (Brown et al. 2020, table 2.1)."""

SCRATCH = 3.0
"""Random weights bear more: 3e-4 for 124M, and 1e-3 for the 10M of nanoGPT's smallest run."""

LORA = 10.0
"""An adapter learns best at about ten times the rate (Schulman et al. 2025, "LoRA without regret").
In our own trial 4e-4 was right for 135M at 2,048 tokens a step; this rule says 3.4e-4."""

HIGHEST_RATE = 3e-3


def batch_rows(task: TaskFacts) -> Overrides[int]:
    """Return the rows of one step: a power of two that every device gets an equal part of."""
    tokens = BATCH_TOKENS * (task.learned / BATCH_DATA) ** BATCH_EXPONENT
    wanted = _power_of_two(tokens / task.width)
    most = _power_of_two(max(task.rows / 8, 1))  # an epoch of fewer steps than this is a guess
    rows = max(1, min(wanted, most))
    rows = math.ceil(rows / task.devices) * task.devices
    return Overrides(
        rows,
        f"{rows * task.width:,} tokens a step: the best batch grows with the {task.learned:,} "
        f"tokens of an epoch to the power of {BATCH_EXPONENT}",
    )


def learning_rate(task: TaskFacts, rows: int) -> Overrides[float]:
    """Return the highest learning rate: less for more parameters, more for larger batches."""
    size = (RATE_PARAMETERS / max(task.parameters, 1)) ** RATE_EXPONENT
    batch = math.sqrt(rows * task.width / BATCH_TOKENS)  # Malladi et al. 2022, arXiv 2205.10287
    kind = LORA if task.method == "lora" else SCRATCH if task.scratch else 1.0
    rate = min(float(f"{RATE * size * batch * kind:.2g}"), HIGHEST_RATE)
    what = {LORA: "an adapter", SCRATCH: "random weights"}.get(kind, "all weights")
    return Overrides(
        rate,
        f"for {what} of a model of {task.parameters / 1e6:.0f}M parameters, and the root of the "
        "batch",
    )


# Memory -------------------------------------------------------------------------------------------

STATE_BYTES = 16
"""A trained parameter in full precision: itself, its gradient and Adam's two moments."""

ACTIVATION_NUMBERS = 17
"""Numbers a layer keeps for each token and channel without attention's matrix: 34 bytes at two
bytes each (Korthikanti et al. 2022, arXiv 2205.05198)."""

LOGIT_BYTES = 14
"""Of each entry of the vocabulary for each token: the logits, their full-precision copy, its
probabilities and the gradient."""

USABLE = 0.8
"""The share of the memory that is planned with; kernels and fragments take theirs."""

MICRO_TOKENS_CPU = 2_048
"""A processor is as fast with few rows as with many; four of 512 were measured best."""

MICRO_TOKENS_GPU = 65_536
"""No GPU gets faster beyond."""

BUSY_TOKENS = 8_192
"""A GPU that gets fewer tokens at a time waits for its own kernels."""


LORA_SHARE = 50
"""An adapter of rank 16 on every matrix has about one parameter for fifty of its base's."""


def trained(task: TaskFacts, way: Method) -> int:
    """Return about how many parameters learn."""
    return task.parameters // LORA_SHARE if way == "lora" else task.trained


def state_bytes(task: TaskFacts) -> int:
    """Return the bytes of weights, gradients and moments on one device."""
    frozen = task.parameters - task.trained
    whole = STATE_BYTES * task.trained + 4 * frozen + (2 * task.parameters if task.half else 0)
    return whole // (task.devices if task.sharded else 1)


def row_bytes(task: TaskFacts, *, checkpointed: bool) -> int:
    """Return the bytes of activations that one row needs."""
    number = 2 if task.half else 4
    layer = ACTIVATION_NUMBERS * task.hidden * number
    layers = task.layers * task.hidden * number + layer if checkpointed else task.layers * layer
    return task.width * (layers + LOGIT_BYTES * task.vocabulary)


def micro_rows(task: TaskFacts, batch: int) -> Overrides[tuple[int, bool]]:
    """Return the rows a device takes at a time, and whether activations are computed again."""
    free = USABLE * task.memory - state_bytes(task)
    most = MICRO_TOKENS_GPU if task.is_gpu else MICRO_TOKENS_CPU
    share = max(batch // task.devices, 1)
    cap = min(share, max(most // task.width, 1))
    fits = {kept: int(free // row_bytes(task, checkpointed=not kept)) for kept in (True, False)}
    enough = min(cap, max(BUSY_TOKENS // task.width, 1)) if task.is_gpu else 1
    again = fits[True] < enough and fits[False] > fits[True]
    rows = dividing(share, max(1, min(cap, fits[not again])))
    reason = (
        f"what {task.memory / 2**30:.0f} GiB hold beside {_bytes(state_bytes(task))} of weights"
    )
    if again:
        reason += "; activations are computed again, because too few rows would fit otherwise"
    return Overrides((rows, again), reason)


# Time ---------------------------------------------------------------------------------------------

EPOCHS = 4
"""Repeating a text up to four times is as good as new text (Muennighoff et al. 2023, arXiv
2305.16264); the held-out text ends it sooner where it is not."""

MOST_EPOCHS = 16
"""Beyond that, repeating taught next to nothing (the same)."""

TOKENS_PER_PARAMETER = 20
"""What random weights want to see (Hoffmann et al. 2022, arXiv 2203.15556)."""

WARMUP_STEPS = 40
"""2 / (1 - beta2) for Adam's second moment of 0.95 (Ma and Yarats 2019, arXiv 1910.04209)."""

LOOKS = 20
"""How often the held-out text is looked at in a training, where that is cheap."""

LOOKING_SHARE = 0.1
"""At most so much of the time; looking costs a third of learning, for there is no way back."""

LEAST_LOOK = 16_384
"""Tokens that a look should read at least, or what it tells is chance."""

PATIENCE = 4
RANK = 16
BETAS = (0.9, 0.95)


def epochs(task: TaskFacts) -> Overrides[int]:
    """Return how often the corpus is read, at most."""
    if not task.scratch:
        return Overrides(EPOCHS, "repeating a text up to four times is as good as new text")
    wanted = math.ceil(TOKENS_PER_PARAMETER * task.parameters / max(task.learned, 1))
    return Overrides(
        max(1, min(wanted, MOST_EPOCHS)), "random weights want 20 tokens for each parameter"
    )


def warmup_steps(steps: int) -> Overrides[int]:
    """Return the steps in which the learning rate rises."""
    wanted = min(WARMUP_STEPS, math.ceil(steps / 10))
    return Overrides(
        wanted, "until Adam knows how large gradients are, at most a tenth of the steps"
    )


def look_rows(task: TaskFacts, batch: int, steps: int) -> Overrides[int]:
    """Return how many of the held-out rows a look reads."""
    cheap = math.floor(3 * LOOKING_SHARE * steps * batch / LOOKS)
    rows = max(cheap, math.ceil(LEAST_LOOK / task.width))
    if rows >= task.held_rows:
        return Overrides(task.held_rows, "all that is held out")
    return Overrides(rows, "evenly spread, so that looking stays a small part of the time")


def evaluate_every(look: int, batch: int, steps: int) -> Overrides[int]:
    """Return the steps between two looks at `look` rows of the held-out text."""
    cheap = math.ceil(look / 3 / (LOOKING_SHARE * batch))
    every = min(max(math.ceil(steps / LOOKS), cheap), steps)
    return Overrides(
        every, f"{LOOKS} looks, or fewer where looking took more than a tenth of the time"
    )


def weight_decay(task: TaskFacts) -> Overrides[float]:
    """Return how strongly weights are pulled to zero."""
    if task.method == "lora":
        return Overrides(0.0, "an adapter is small by itself")
    if task.scratch:
        return Overrides(0.1, "as GPT-3 was trained")
    return Overrides(0.01, "little, for the weights are good already")


def _power_of_two(number: float) -> int:
    return 1 << max(round(math.log2(max(number, 1))), 0)


def dividing(whole: int, most: int) -> int:
    """Return the greatest divisor of `whole` that is at most `most`."""
    return next(part for part in range(min(whole, most), 0, -1) if whole % part == 0)


def _bytes(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
