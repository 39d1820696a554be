"""Provides the comparison with `transformers`: the same weights, prompt and processor.

    python -m benchmarks.vs_transformers [--rounds 5]

The default model's file is read by `transformers` (as it is, its weights packed) and by Grue's own
engine; both write 64 tokens after the same prompt, in turn. `generate` runs in float32 and in
bfloat16, all with one thread and with two; by default the game takes a thread less than there are
cores. Needs
`pip install torch==2.13.0 transformers accelerate` beside Grue.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections import defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from benchmarks.playing import prepared_default
from benchmarks.quantisation import settings
from dungeon import scenarios
from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.llama_launcher import serve

TOKENS = 64

THREADS = (1, 2)

ENGINE = "Grue's engine"


def generate(model: Any, tokens: Any) -> float:
    """Return the tokens a second of `generate`, its reading of the prompt left out."""
    import torch

    with torch.inference_mode():
        began = time.perf_counter()
        model.generate(tokens, max_new_tokens=1, do_sample=False)
        read = time.perf_counter() - began
        began = time.perf_counter()
        model.generate(tokens, max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False)
        return (TOKENS - 1) / (time.perf_counter() - began - read)


async def engine_speed(server: ModelServerClient, prompt: str) -> float:
    """Return the engine's tokens per second."""
    document = {"prompt": prompt, "n_predict": TOKENS, "temperature": 0, "ignore_eos": True}
    answer = await server.request_json("/completion", document)
    return float(answer["timings"]["predicted_per_second"])


async def compare(path: Path, rounds: int) -> None:
    """Print the figures."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    scenario = scenarios.fill(scenarios.load("lamp"), {})
    prompt = f"{scenario.memory}\n\n{scenario.opening}\n\n> You look around."
    named = {"pretrained_model_name_or_path": str(path.parent), "gguf_file": path.name}
    tokenizer = AutoTokenizer.from_pretrained(**named)
    tokens = tokenizer(prompt, return_tensors="pt").input_ids
    models = {
        str(kind).removeprefix("torch."): AutoModelForCausalLM.from_pretrained(
            **named, dtype=kind
        ).eval()
        for kind in (torch.float32, torch.bfloat16)
    }
    taken: dict[tuple[str, int], list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        servers = {
            threads: await stack.enter_async_context(serve(settings(path, threads)))
            for threads in THREADS
        }
        for _ in range(rounds):
            for threads, server in servers.items():
                torch.set_num_threads(threads)
                for name, model in models.items():
                    taken[f"transformers, {name}", threads].append(generate(model, tokens))
                taken[ENGINE, threads].append(await engine_speed(server, prompt))
    middles = {way: statistics.median(speeds) for way, speeds in taken.items()}
    print("| | threads | tokens/s, median | Grue's engine is, with as many threads |")
    print("|---|---|---|---|")
    for (name, threads), middle in middles.items():
        ratio = middles[ENGINE, threads] / middle
        print(f"| {name} | {threads} | {middle:.1f} | {ratio:.1f} times as fast |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Against transformers.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    try:
        import transformers  # noqa: F401
    except ImportError:
        sys.exit("Needs transformers: pip install torch==2.13.0 transformers accelerate")
    asyncio.run(compare(prepared_default(), rounds))


if __name__ == "__main__":
    main()
