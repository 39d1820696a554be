"""Measure many streams in one batch against the memory bandwidth: players on one GPU.

    python -m benchmarks.batched_streams [--shape gpt2-xl] [--device cuda] [--streams 256]
        [--context 900] [--tokens 100]

Weights are random. Every stream has a context of its own in a static cache; where there is a GPU,
the step is compiled and its CUDA graph captured. The limit is the bandwidth of a copy, measured
here, divided by what a step reads: the weights once, and the keys and values of every stream. A
player asks for 60 tokens every 30 seconds, after a prompt that is in the cache, or is read again:
more players than the memory has room for contexts are somewhere in between.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.single_stream import bandwidth, synchronise, write_model
from training.models.shapes import SHAPES

_PREFILL_TOKENS = 128
"""Tokens of each stream that are read in one forward pass."""

_WARM_UP_STEPS = 4
"""The compiler's, and those in which the graph is captured."""

_REPLY_TOKENS = 60
_TURN_SECONDS = 30
"""Of each player."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    prefill_seconds: float
    tokens_per_second: float
    """Of all streams together."""
    limit: float
    """The same by bandwidth."""
    streams: int

    def players(self, *, read_again: bool) -> float:
        """Return how many players one device serves, if it reads every prompt again, or none."""
        seconds = _REPLY_TOKENS / self.tokens_per_second
        if read_again:
            seconds += self.prefill_seconds / self.streams
        return _TURN_SECONDS / seconds


@torch.no_grad()
def measure(model: Any, device: str, streams: int, context: int, tokens: int) -> Figures:
    """Read the contexts, then write `tokens` in every stream."""
    length = context + _WARM_UP_STEPS + tokens
    cache = transformers.StaticCache(config=model.config, max_cache_len=length)
    is_cuda = device.startswith("cuda")
    step = torch.compile(model, mode="reduce-overhead", fullgraph=True) if is_cuda else model
    vocabulary = model.config.vocab_size
    prompts = torch.randint(vocabulary, (streams, context), device=device)
    started = time.perf_counter()
    for start in range(0, context, _PREFILL_TOKENS):
        ids = prompts[:, start : start + _PREFILL_TOKENS].clone()
        logits = _forward(model, ids, start, cache)
    synchronise(device)
    prefill = time.perf_counter() - started
    ids = logits.argmax(-1, keepdim=True)  # (streams, 1)
    for number in range(_WARM_UP_STEPS + tokens):
        if number == _WARM_UP_STEPS:
            synchronise(device)
            started = time.perf_counter()
        ids = _forward(step, ids, context + number, cache).argmax(-1, keepdim=True)
    synchronise(device)
    seconds = time.perf_counter() - started
    weights = sum(each.numel() * each.element_size() for each in model.parameters())
    config = model.config
    states = 2 * config.n_layer * config.n_embd * next(model.parameters()).element_size()
    read = weights + streams * (context + tokens / 2) * states
    limit = streams * bandwidth(device) / read
    return Figures(prefill, streams * tokens / seconds, limit, streams)


def _forward(step: Any, ids: torch.Tensor, start: int, cache: Any) -> torch.Tensor:
    """Read `ids`, (streams, new); return the logits after the last, (streams, vocabulary)."""
    positions = torch.arange(start, start + ids.shape[1], device=ids.device).unsqueeze(0)
    output = step(
        input_ids=ids,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    logits: torch.Tensor = output.logits[:, -1].clone()  # a graph writes over its output
    return logits


def main() -> None:
    """Measure a temporary model, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--shape", choices=sorted(SHAPES), default="gpt2-xl")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--streams", type=int, default=256)
    parser.add_argument("--context", type=int, default=900)
    parser.add_argument("--tokens", type=int, default=100)
    options = parser.parse_args()
    transformers.utils.logging.disable_progress_bar()
    with tempfile.TemporaryDirectory() as folder:
        write_model(Path(folder), options.shape)
        model: Any = transformers.GPT2LMHeadModel.from_pretrained(folder, dtype=torch.bfloat16)
    model.to(options.device).eval()
    found = measure(model, options.device, options.streams, options.context, options.tokens)
    share = found.tokens_per_second / found.limit
    print(f"{options.shape} on {options.device}, {options.streams} streams of {options.context}\n")
    print("| | |\n|---|---|")
    print(f"| reading all contexts | {found.prefill_seconds:.1f} s |")
    print(f"| tokens/s, all streams | {found.tokens_per_second:.0f} |")
    print(f"| of the limit by bandwidth | {share:.0%} |")
    players = f"players, {_REPLY_TOKENS} tokens every {_TURN_SECONDS} s"
    print(f"| {players}, prompts in the cache | {found.players(read_again=False):.0f} |")
    print(f"| {players}, every prompt read again | {found.players(read_again=True):.0f} |")


if __name__ == "__main__":
    main()
