"""Compare Grue's engine with `transformers`: the same weights, prompt and processor.

    python -m benchmarks.vs_transformers [--rounds 5]

Both load the default model's file and write 64 tokens after the same prompt, alternating.
`generate()` runs in float32 and in bfloat16; all run with one thread and with two (the game's
default is one thread less than there are cores). Needs the `gpu` extra.
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

from benchmarks.quantisation import settings
from benchmarks.session import default_model
from dungeon import scenarios
from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.llama_launcher import serve

TOKENS = 64

THREADS = (1, 2)

ENGINE = "Grue's engine"


def generate(model: Any, tokens: Any) -> float:
    """Return the tokens per second of `generate()` without the prefill."""
    import torch

    with torch.inference_mode():
        started = time.perf_counter()
        model.generate(tokens, max_new_tokens=1, do_sample=False)
        prefill = time.perf_counter() - started
        started = time.perf_counter()
        model.generate(tokens, max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False)
        return (TOKENS - 1) / (time.perf_counter() - started - prefill)


async def engine_speed(server: ModelServerClient, prompt: str) -> float:
    """Return the engine's tokens per second."""
    document = {"prompt": prompt, "n_predict": TOKENS, "temperature": 0, "ignore_eos": True}
    answer = await server.request_json("/completion", document)
    return float(answer["timings"]["predicted_per_second"])


async def compare(path: Path, rounds: int) -> None:
    """Print the comparison."""
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
    speeds: dict[tuple[str, int], list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        servers = {
            threads: await stack.enter_async_context(serve(settings(path, threads)))
            for threads in THREADS
        }
        for _ in range(rounds):
            for threads, server in servers.items():
                torch.set_num_threads(threads)
                for name, model in models.items():
                    speeds[f"transformers, {name}", threads].append(generate(model, tokens))
                speeds[ENGINE, threads].append(await engine_speed(server, prompt))
    medians = {name: statistics.median(each) for name, each in speeds.items()}
    print("| | threads | tokens/s, median | Grue's engine is, with as many threads |")
    print("|---|---|---|---|")
    for (name, threads), median in medians.items():
        ratio = medians[ENGINE, threads] / median
        print(f"| {name} | {threads} | {median:.1f} | {ratio:.1f} times as fast |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare Grue's engine with transformers.")
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    try:
        import transformers  # noqa: F401
    except ImportError:
        sys.exit("This needs transformers. Install it with: pip install '.[gpu]'")
    asyncio.run(compare(default_model(), rounds))


if __name__ == "__main__":
    main()
