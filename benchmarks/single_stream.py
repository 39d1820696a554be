"""Measure the transformers engine at batch size 1, against `generate()` and the memory bandwidth.

    python -m benchmarks.single_stream [--shape gpt2] [--device cuda] [--tokens 200] [--rounds 3]
        [--cpu-time]

Weights are random, scaled so that few tokens are likely, as in text: what sampling costs depends on
that, and on the size of the vocabulary, which is GPT-2's. Variants alternate, and medians are
printed, of the speeds and of the first variant's in proportion to each in the same round. The limit
is the bandwidth of a copy, measured here, divided by the bytes of the weights in bfloat16, all of
which are read for every token. With `--cpu-time` the processor time of the process is counted, for
a machine that is not idle; set OMP_NUM_THREADS=1 then.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers.generation.streamers import BaseStreamer

from dungeon.generator import Finished, Request, TextChunk
from dungeon.generator.torch import TorchGenerator, TorchSettings
from dungeon.settings.sampling import Sampling
from training.models.shapes import SHAPES, train_tokenizer

VOCABULARY = 50_257
PROMPT = "You walk on through the rain, and the river is wide and grey before you. " * 16
SAMPLING = Sampling()
_COPY_BYTES = 1 << 28

_LOGIT_SCALE = 5.0
"""Of random weights: logits with a standard deviation of 3, where there are 768 values."""

Clock = Callable[[], float]
"""Seconds, from any start."""


def write_model(folder: Path, name: str) -> None:
    """Write a model of a shape with random weights, and a tokenizer of as many tokens."""
    shape = SHAPES[name]
    tokenizer = train_tokenizer([PROMPT], 300)
    tokenizer.add_tokens([f"{number:05}" for number in range(len(tokenizer), VOCABULARY)])
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=1024,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        bos_token_id=VOCABULARY - 1,
        eos_token_id=VOCABULARY - 1,
    )
    model: Any = transformers.GPT2LMHeadModel(config)
    torch.nn.init.constant_(model.transformer.ln_f.weight, _LOGIT_SCALE)
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


async def grue_speed(
    generator: TorchGenerator, tokens: int, seed: int, clock: Clock = time.perf_counter
) -> float:
    """Return tokens per second after the first chunk."""
    request = Request(PROMPT, tokens, SAMPLING, seed)
    first = 0.0
    written = 0
    async with aclosing(generator.stream(request)) as events:
        async for event in events:
            match event:
                case TextChunk():
                    first = first or clock()
                case Finished(_, usage):
                    written = usage.tokens
    return (written - 1) / (clock() - first)


class _TokenTimes(BaseStreamer):
    """The times at which `generate()` delivers the prompt, and then each token."""

    def __init__(self, clock: Clock) -> None:
        self.times: list[float] = []
        self._clock = clock

    def put(self, value: torch.Tensor) -> None:
        """Take the token ids of the prompt, or the next one."""
        self.times.append(self._clock())

    def end(self) -> None:
        """Do nothing more."""


def generate_speed(
    model: Any, ids: torch.Tensor, tokens: int, clock: Clock = time.perf_counter
) -> float:
    """Return tokens per second of `generate()` after the first token.

    `ids` are the prompt, int64 of shape (1, tokens).
    """
    delivered = _TokenTimes(clock)
    with torch.no_grad():
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            do_sample=True,
            min_p=SAMPLING.min_p,
            top_p=SAMPLING.top_p,
            repetition_penalty=SAMPLING.repeat_penalty,
            pad_token_id=0,
            streamer=delivered,
        )
    _prompt, first, *_, last = delivered.times
    return (tokens - 1) / (last - first)


def bandwidth(device: str) -> float:
    """Return the bytes per second that a large copy reads and writes."""
    source = torch.empty(_COPY_BYTES, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    seconds = []
    for _ in range(8):
        synchronise(device)
        started = time.perf_counter()
        target.copy_(source)
        synchronise(device)
        seconds.append(time.perf_counter() - started)
    return 2 * _COPY_BYTES / min(seconds)


def synchronise(device: str) -> None:
    """Wait for the device."""
    if device.startswith("cuda"):
        torch.cuda.synchronize()


async def measure(folder: Path, device: str, tokens: int, rounds: int, clock: Clock) -> None:
    """Print the speed of every variant."""
    speeds: dict[str, list[float]] = defaultdict(list)
    variants = {
        f"Grue, {name}": TorchGenerator(
            TorchSettings((folder,), device=device, compiler=compiler),
            name=name,
            context_length=1024,
        )
        for name, compiler in (("compiled", None), ("not compiled", ""))
        if compiler is not None or device.startswith("cuda")
    }
    for generator in variants.values():
        await generator.open()
        await grue_speed(generator, 8, 0)
    ids = torch.tensor([[1 + place % 250 for place in range(300)]], device=device)
    models: dict[str, Any] = {}
    for dtype in (torch.float32, torch.bfloat16):
        model: Any = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=dtype)
        models[f"transformers, generate(), {dtype}".replace("torch.", "")] = model.to(device).eval()
        generate_speed(model, ids, 8)
    for seed in range(rounds):
        for name, generator in variants.items():
            speeds[name].append(await grue_speed(generator, tokens, seed, clock))
        for name, model in models.items():
            speeds[name].append(generate_speed(model, ids, tokens, clock))
    size = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    limit = bandwidth(device) / size
    print(f"\n{device}, {size / 1e6:.0f} MB of weights, {tokens} tokens, {rounds} rounds\n")
    print("| variant | tokens/s | of the limit | times as fast is the first: median (rounds) |")
    print("|---|---|---|---|")
    first = next(iter(speeds.values()))
    for name, values in speeds.items():
        speed = statistics.median(values)
        ratios = [ours / theirs for ours, theirs in zip(first, values, strict=True)]
        each = " ".join(f"{ratio:.2f}" for ratio in ratios)
        ratio = statistics.median(ratios)
        print(f"| {name} | {speed:.1f} | {speed / limit:.0%} | {ratio:.2f} ({each}) |")
    print(f"| limit by bandwidth | {limit:.1f} | | |")
    for generator in variants.values():
        await generator.close()


def main() -> None:
    """Measure a temporary model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--shape", choices=sorted(SHAPES), default="gpt2")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cpu-time", action="store_true")
    options = parser.parse_args()
    clock = time.process_time if options.cpu_time else time.perf_counter
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), options.shape)
        asyncio.run(measure(Path(folder), options.device, options.tokens, options.rounds, clock))


if __name__ == "__main__":
    main()
