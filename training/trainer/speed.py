"""Measure how fast a prepared model trains, evaluates and writes here."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import broadcast_object_list

from training.data.packing import PackedRows, collate
from training.trainer.attention import Isolation
from training.trainer.devices import Device
from training.trainer.loop import INPUTS
from training.trainer.model_setup import PreparedModel
from training.trainer.plan import Plan
from training.trainer.samples import MAX_TOKENS, generate_samples

_RUNS = 4
_ENOUGH_SECONDS = 3.0
"""After this time the same thing is not measured once more."""

_DISK_BYTES_PER_SECOND = 100e6
"""What a slow disk writes, hashes included."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds that the parts of a training take on one device."""

    micro_batch: float
    """Forward and backward pass of a micro-batch."""
    eval_batch: float
    """Forward pass of as many held-out rows."""
    sample_start: float
    """Reading the prompts of all samples, and writing the first token of each."""
    sample_token: float
    """Another token of each sample."""
    checkpoint: float
    """Writing one."""
    model: float
    """Writing the final model."""

    def samples(self, tokens: int = MAX_TOKENS) -> float:
        """Return the time for samples of `tokens` each."""
        return self.sample_start + (tokens - 1) * self.sample_token


def measure_speed(
    prepared: PreparedModel,
    rows: PackedRows,
    plan: Plan,
    isolation: Isolation,
    device: Device,
    tokenizer: Any,
) -> Speed:
    """Return the speed on the device of this process, of several that of the first one.

    It takes some seconds. The model, its gradients and all random numbers are left as they were.
    """
    name = PartialState().device
    model: Any = prepared.model
    model.to(name)
    # on a CPU one row tells as much, sooner; activations are not recomputed here, so less fits
    is_one_enough = not device.is_gpu or plan.gradient_checkpointing
    count = 1 if is_one_enough else plan.micro_batch_size
    batch = collate([rows[index % len(rows)] for index in range(count)])
    inputs = {
        key: batch[key].to(name) if isinstance(batch[key], torch.Tensor) else batch[key]
        for key in INPUTS[isolation]
    }

    def forward() -> Any:
        chunked = prepared.chunked_loss
        autocast = torch.autocast(device.kind, torch.bfloat16, enabled=device.bf16)
        with autocast, nullcontext() if chunked is None else chunked.active("sum"):
            return model(**inputs, use_cache=False).loss

    def train() -> None:
        forward().backward()
        model.zero_grad()

    def evaluate() -> None:
        with torch.no_grad():
            forward()

    def write(tokens: int) -> None:
        with torch.autocast(device.kind, torch.bfloat16, enabled=device.bf16):
            generate_samples(model, tokenizer, seed=0, max_tokens=tokens)

    was_training = model.training
    devices = [name.index or 0] if device.kind == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        model.train()
        micro_batch = _fastest(train, device, warm_up=prepared.is_compiled)
        model.eval()
        eval_batch = _fastest(evaluate, device, warm_up=prepared.is_compiled)
        first, more = _fastest(lambda: write(1), device), _fastest(lambda: write(3), device)
        model.train(was_training)
    trainable = sum(each.numel() for each in model.parameters() if each.requires_grad)
    scale = plan.micro_batch_size / count
    recomputation = 4 / 3 if plan.gradient_checkpointing else 1
    speed = Speed(
        micro_batch * scale * recomputation,
        eval_batch * scale,
        sample_start=first,
        sample_token=max(more - first, 0.0) / 2,
        checkpoint=12 * trainable / _DISK_BYTES_PER_SECOND,  # a weight and Adam's two moments
        model=4 * trainable / _DISK_BYTES_PER_SECOND,
    )
    return _of_first_process(speed) if device.world_size > 1 else speed


def _fastest(work: Callable[[], None], device: Device, *, warm_up: bool = False) -> float:
    """Return the seconds of the fastest of a few runs.

    The first one sets up what later ones use, and others use the machine, too. On a slow machine
    there is only one. With `warm_up` one more, in which layers are compiled, is not counted.
    """
    if warm_up:
        work()
    times: list[float] = []
    while len(times) < _RUNS and sum(times) < _ENOUGH_SECONDS:
        started = time.perf_counter()
        work()
        if device.kind == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - started)
    return max(min(times), 1e-6)


def _of_first_process(speed: Speed) -> Speed:
    """Return what the first process measured: all have to plan the same."""
    [values] = broadcast_object_list([asdict(speed)])
    return Speed(**values)
