"""Compare the speed and memory of LoRA in Grue's loop with the plain Trainer and PEFT.

    OMP_NUM_THREADS=2 python -m benchmarks.lora_training [--base smollm2] [--seconds 30]

Both train an adapter of rank 16 on every matrix of the same base, on the same random documents, in
rows of the same length, in bfloat16 where the CPU is fast in it; each in a process of its own,
whose peak memory counts. Elapsed seconds are measured, for a machine with nothing else to do, or
with --cpu-time those that the CPU worked.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from peft import LoraConfig, get_peft_model

from benchmarks import training
from benchmarks.training import Stopwatch, TimeUp, Workload, documents, grue, run_clm
from training.models.loading import load_causal_lm
from training.trainer.devices import find_device
from training.trainer.plan import EMPTY_PLAN

RANK, ALPHA = 16, 32
LOOPS = {"grue": "Grue's loop, packed", "plain": "a plain Trainer with PEFT, concatenated"}


def adapted(base: str) -> Any:
    """Return the base with an adapter, as PEFT's documentation adds one."""
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear")
    return get_peft_model(load_causal_lm(base).model, config)


def measure(options: argparse.Namespace) -> dict[str, float]:
    """Return useful tokens per second and peak memory in MB of one loop, in this process."""
    training.LOGGING_STEPS = 1  # a step takes seconds
    plan = replace(
        EMPTY_PLAN,
        method="lora",
        max_seq_length=options.max_seq_length,
        batch_size=options.micro_batch_size,
        micro_batch_size=options.micro_batch_size,
        gradient_accumulation_steps=1,
        learning_rate=1e-4,
        max_steps=100,
        eval_steps=1_000,
        lora_rank=RANK,
        lora_alpha=ALPHA,
        lora_target_modules="all-linear",
    )
    loaded = load_causal_lm(options.base)
    vocabulary = loaded.model.config.get_text_config().vocab_size
    is_grue = options.loop == "grue"
    model: list[Any] = [loaded.model if is_grue else adapted(options.base)]
    del loaded
    workload = Workload(model.pop, documents(vocabulary), plan, find_device("cpu"), options.seconds)
    clock = time.process_time if options.cpu_time else time.perf_counter
    watch = Stopwatch(options.seconds, clock)
    with tempfile.TemporaryDirectory() as folder, suppress(TimeUp):
        (grue if is_grue else run_clm)(workload, watch, Path(folder))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"speed": watch.speed, "peak": peak}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Compare LoRA training loops.")
    parser.add_argument("--base", default="smollm2")
    parser.add_argument("--max-seq-length", type=int, default=512)
    parser.add_argument("--micro-batch-size", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument(
        "--cpu-time", action="store_true", help="measure CPU seconds, on a machine that is shared"
    )
    parser.add_argument("--loop", choices=LOOPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.loop:
        print(json.dumps(measure(options)))
        return
    print("| | tokens/s, without padding | peak memory | Grue's loop is |\n|---|---|---|---|")
    ours = 0.0
    for name, title in LOOPS.items():
        command = [sys.executable, "-m", "benchmarks.lora_training", *sys.argv[1:], "--loop", name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout.splitlines()[-1])
        ours = ours or result["speed"]
        print(
            f"| {title} | {result['speed']:,.0f} | {result['peak']:,.0f} MB | "
            f"{ours / result['speed']:.2f} times as fast |"
        )


if __name__ == "__main__":
    main()
