"""Measure the quality and the speed of the default model in several quantisations, as the basis of
the catalog's choice.

    python -m benchmarks.quantisation MODEL.gguf TEXT... [--rounds 5] [--tokens 1500]

MODEL is the downloaded file; TEXT are held-out stories. Bits per byte are exact: every token of the
text is forced by a logit bias, and its log-probability before the bias is added up. The
quantisations alternate in every round, because a shared machine is noisy; medians are reported.
"""

import argparse
import asyncio
import math
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path

from dungeon.generator.http_client import ModelServerClient
from dungeon.generator.llama_launcher import LlamaSettings, serve
from dungeon.models.requantisation import requantise

_PLAIN = str.maketrans("‘’“”–—…", "''\"\"--.")
"""The server reports no probability for a token that is only part of a character."""

QUANTISATIONS = ("Q4_1", "Q4_0", "Q8_0")
"""The model is shipped in Q4_1."""

CONTEXT = 512
"""Tokens that a token is predicted from, at most."""

_FORCED = 1e6
"""A bias that leaves no other choice."""


def settings(path: Path, threads: int) -> LlamaSettings:
    """Return how to start llama.cpp for the model at `path`."""
    return LlamaSettings(path, path.stem, 2 * CONTEXT + 512, threads)


async def bits_per_byte(server: ModelServerClient, texts: list[str], tokens_each: int) -> float:
    """Return the mean over all scored bytes; the first token of a text is not scored."""
    nats, size = 0.0, 0
    for text in texts:
        tokens = await _tokenize(server, text, tokens_each)
        for place in range(1, len(tokens)):
            # half a window stays, so the prefix cache is used
            block = (place - 1) // CONTEXT * CONTEXT
            prompt = tokens[max(0, block - CONTEXT // 2) : place]
            nats -= await _log_probability(server, prompt, tokens[place])
        scored = await server.request_json("/detokenize", {"tokens": tokens[1:]})
        size += len(scored["content"].encode())
    return nats / math.log(2) / size


async def _log_probability(server: ModelServerClient, prompt: list[int], token: int) -> float:
    document = {
        "prompt": prompt,
        "n_predict": 1,
        "n_probs": 1,
        "temperature": 1.0,
        "logit_bias": [[token, _FORCED]],
        "cache_prompt": True,
    }
    answer = await server.request_json("/completion", document)
    (chosen,) = answer["completion_probabilities"]
    if chosen["id"] != token:
        raise RuntimeError(f"token {chosen['id']} came where {token} was forced")
    return float(chosen["logprob"])


async def speeds(server: ModelServerClient, text: str) -> tuple[float, float]:
    """Return tokens per second: prefill of 900 tokens, and decoding of 100 more."""
    document = {
        "prompt": await _tokenize(server, text, 900),
        "n_predict": 100,
        "temperature": 0,
        "ignore_eos": True,
        "cache_prompt": False,
    }
    answer = await server.request_json("/completion", document)
    timings = answer["timings"]
    return timings["prompt_per_second"], timings["predicted_per_second"]


async def _tokenize(server: ModelServerClient, text: str, limit: int) -> list[int]:
    tokens: list[int] = (await server.request_json("/tokenize", {"content": text}))["tokens"]
    return tokens[:limit]


async def measure(files: dict[str, Path], texts: list[str], rounds: int, tokens: int) -> None:
    """Print the results for every quantisation as a Markdown table."""
    results: dict[tuple[str, str], list[float]] = defaultdict(list)
    for quantisation, path in files.items():
        async with serve(settings(path, 2)) as server:
            bits = await bits_per_byte(server, texts, tokens // len(texts))
        results[quantisation, "bits"].append(bits)
    for _ in range(rounds):
        for threads in (1, 2):
            for quantisation, path in files.items():
                async with serve(settings(path, threads)) as server:
                    prefill, decode = await speeds(server, "\n\n".join(texts))
                results[quantisation, f"prefill {threads}"].append(prefill)
                results[quantisation, f"decode {threads}"].append(decode)
    _report(files, results)


def _report(files: dict[str, Path], results: dict[tuple[str, str], list[float]]) -> None:
    print("| quantisation | MB | bits per byte | decode, 1 thread | 2 | prefill, 1 thread | 2 |")
    print("|---|---|---|---|---|---|---|")
    for quantisation, path in files.items():
        size = path.stat().st_size / 1e6
        names = ("decode 1", "decode 2", "prefill 1", "prefill 2")
        fast = " | ".join(f"{statistics.median(results[quantisation, name]):.0f}" for name in names)
        print(f"| {quantisation} | {size:.0f} | {results[quantisation, 'bits'][0]:.4f} | {fast} |")


def _plain(text: str) -> str:
    return text.translate(_PLAIN).encode("ascii", "ignore").decode()


def main() -> None:
    """Quantise the model to temporary files and measure them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=1500)
    options = parser.parse_args()
    texts = [_plain(path.read_text(encoding="utf-8")) for path in options.texts]
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.gguf" for name in QUANTISATIONS}
        for quantisation, path in files.items():
            requantise(options.model, path, quantisation)
        asyncio.run(measure(files, texts, options.rounds, options.tokens))


if __name__ == "__main__":
    main()
