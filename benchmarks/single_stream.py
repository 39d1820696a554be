"""Provides the figures of one player on the transformers engine: tokens a second against plain
`generate()`, and against what the memory's bandwidth allows.

    python -m benchmarks.single_stream [--shape gpt2] [--device cuda] [--tokens 200] [--rounds 3]

Random weights of GPT-2's shapes, read once for every token: speed does not depend on their values.
The ways take turns, and medians are reported. The limit is the bandwidth of a copy, measured here,
over the bytes of the weights. Knows nothing of the game but its generator.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections import defaultdict
from contextlib import aclosing
from pathlib import Path
from typing import Any

import torch
import transformers

from dungeon.generator import Finished, Request, TextChunk
from dungeon.generator.torch import TorchGenerator, TorchSettings
from dungeon.sampling import Sampling
from training.models.shapes import SHAPES, train_tokenizer

VOCABULARY = 50_257
PROMPT = "You walk on through the rain, and the river is wide and grey before you. " * 16
SAMPLING = Sampling()
_COPIED = 1 << 28


def write_model(folder: Path, name: str) -> None:
    """Write a model of the shape with random weights, and a tokenizer it never stops by."""
    wanted = SHAPES[name]
    tokenizer = train_tokenizer([PROMPT], 300)
    config = transformers.GPT2Config(
        vocab_size=VOCABULARY,
        n_positions=1024,
        n_embd=wanted.width,
        n_layer=wanted.layers,
        n_head=wanted.heads,
        bos_token_id=VOCABULARY - 1,
        eos_token_id=VOCABULARY - 1,
    )
    model: Any = transformers.GPT2LMHeadModel(config)
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


async def by_generator(generator: TorchGenerator, tokens: int, seed: int) -> tuple[float, float]:
    """Return seconds to the first piece, and tokens a second after it."""
    request = Request(PROMPT, tokens, SAMPLING, seed)
    started = time.perf_counter()
    first = 0.0
    written = 0
    async with aclosing(generator.stream(request)) as events:
        async for event in events:
            match event:
                case TextChunk():
                    first = first or time.perf_counter()
                case Finished(_, usage):
                    written = usage.tokens
    return first - started, (written - 1) / (time.perf_counter() - first)


def by_generate(model: Any, ids: torch.Tensor, tokens: int) -> float:
    """Return tokens a second of `generate()` after the first, as its documentation shows it."""
    return (tokens - 1) / (_seconds(model, ids, tokens) - _seconds(model, ids, 1))


def _seconds(model: Any, ids: torch.Tensor, tokens: int) -> float:
    started = time.perf_counter()
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
        )
    return time.perf_counter() - started


def bandwidth(device: str) -> float:
    """Return bytes a second that a large copy reads and writes."""
    source = torch.empty(_COPIED, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    seconds = []
    for _ in range(8):
        _synchronise(device)
        started = time.perf_counter()
        target.copy_(source)
        _synchronise(device)
        seconds.append(time.perf_counter() - started)
    return 2 * _COPIED / min(seconds)


def _synchronise(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize()


async def measure(folder: Path, device: str, tokens: int, rounds: int) -> None:
    """Print a Markdown table of the ways."""
    figures: dict[str, list[float]] = defaultdict(list)
    ways = {
        f"Grue, {way}": TorchGenerator(
            TorchSettings((folder,), device=device, compiler=compiler),
            name=way,
            context_length=1024,
        )
        for way, compiler in (("as it comes", None), ("not compiled", ""))
    }
    for generator in ways.values():
        await generator.open()
        await by_generator(generator, 8, 0)
    dtype = torch.float32 if device == "cpu" else torch.bfloat16
    model: Any = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=dtype)
    model.to(device).eval()
    ids = torch.tensor([[1 + place % 250 for place in range(300)]], device=device)
    by_generate(model, ids, 8)
    for seed in range(rounds):
        for way, generator in ways.items():
            figures[way].append((await by_generator(generator, tokens, seed))[1])
        figures["transformers, generate()"].append(by_generate(model, ids, tokens))
    size = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    limit = bandwidth(device) / size
    print(f"\n{device}, {size / 1e6:.0f} MB of weights, {tokens} tokens, {rounds} rounds\n")
    print("| way | tokens/s | of the limit |\n|---|---|---|")
    for way, values in figures.items():
        speed = statistics.median(values)
        print(f"| {way} | {speed:.0f} | {speed / limit:.0%} |")
    print(f"| limit by bandwidth | {limit:.0f} | |")
    for generator in ways.values():
        await generator.close()


def main() -> None:
    """Write a model, measure, and throw it away."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--shape", choices=sorted(SHAPES), default="gpt2")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), options.shape)
        asyncio.run(measure(Path(folder), options.device, options.tokens, options.rounds))


if __name__ == "__main__":
    main()
