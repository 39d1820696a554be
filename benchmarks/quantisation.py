"""Provides the figures behind the catalog's choice of quantisation: how well and how fast each
form of the default model reads and writes.

    python -m benchmarks.quantisation MODEL.gguf TEXT... [--rounds 5] [--tokens 1500]

MODEL is the file as it is fetched; TEXT are held-out stories. Bits per byte are exact: every token
of the text is forced by a bias and the probability the model gave it before the bias is added up.
The forms take turns, round after round, because a shared machine is noisy; medians are reported.
Knows nothing of the game.
"""

import argparse
import asyncio
import math
import statistics
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx

from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings
from dungeon.models.preparation import write_prepared

_PLAIN = str.maketrans("‘’“”–—…", "''\"\"--.")
"""A token that is only part of a character gets no probability from the server."""

FORMS = ("Q4_1", "Q4_0", "Q8_0")
"""Q4_1 is the form the model is shipped in."""

CONTEXT = 512
"""Tokens a token is predicted from at most."""

_FORCED = 1e6
"""A bias that leaves no other choice."""


class Engine:
    """A running model, asked without any of the game's layers."""

    def __init__(self, child: LlamaProcess) -> None:
        self._child = child
        headers = {"Authorization": f"Bearer {child.token}"}
        self._client = httpx.AsyncClient(
            base_url=child.address, headers=headers, timeout=300, trust_env=False
        )

    async def ask(self, path: str, **document: Any) -> Any:
        """Return the answer to a question in llama.cpp's own interface."""
        response = await self._client.post(path, json=document, headers={"Connection": "close"})
        response.raise_for_status()
        return response.json()

    async def close(self) -> None:
        """End the engine."""
        await self._client.aclose()
        await self._child.end()


async def started(path: Path, threads: int) -> Engine:
    """Return an engine that runs the model at `path`."""
    settings = LlamaSettings(path, path.stem, 2 * CONTEXT + 512, threads)
    return Engine(await LlamaProcess.start(settings))


async def bits_per_byte(engine: Engine, texts: list[str], tokens_each: int) -> float:
    """Return the mean over all bytes scored; the first token of a text is given, not scored."""
    nats, size = 0.0, 0
    for text in texts:
        tokens = (await engine.ask("/tokenize", content=text))["tokens"][:tokens_each]
        for place in range(1, len(tokens)):
            block = (place - 1) // CONTEXT * CONTEXT  # a half-window kept, so the cache holds
            prompt = tokens[max(0, block - CONTEXT // 2) : place]
            nats -= await _log_probability(engine, prompt, tokens[place])
        scored = (await engine.ask("/detokenize", tokens=tokens[1:]))["content"]
        size += len(scored.encode())
    return nats / math.log(2) / size


async def _log_probability(engine: Engine, prompt: list[int], token: int) -> float:
    answer = await engine.ask(
        "/completion",
        prompt=prompt,
        n_predict=1,
        n_probs=1,
        temperature=1.0,
        logit_bias=[[token, _FORCED]],
        cache_prompt=True,
    )
    (chosen,) = answer["completion_probabilities"]
    if chosen["id"] != token:
        raise RuntimeError(f"token {chosen['id']} came where {token} was forced")
    return float(chosen["logprob"])


async def speeds(engine: Engine, text: str) -> tuple[float, float]:
    """Return tokens a second: reading a prompt of 900 tokens, and writing 100 more after it."""
    tokens = (await engine.ask("/tokenize", content=text))["tokens"][:900]
    answer = await engine.ask(
        "/completion",
        prompt=tokens,
        n_predict=100,
        temperature=0,
        ignore_eos=True,
        cache_prompt=False,
    )
    timings = answer["timings"]
    return timings["prompt_per_second"], timings["predicted_per_second"]


async def measure(files: dict[str, Path], texts: list[str], rounds: int, tokens: int) -> None:
    """Print the figures of every form as a Markdown table."""
    figures: dict[tuple[str, str], list[float]] = defaultdict(list)
    for form, path in files.items():
        engine = await started(path, 2)
        figures[form, "bits"].append(await bits_per_byte(engine, texts, tokens // len(texts)))
        await engine.close()
    for _ in range(rounds):
        for threads in (1, 2):
            for form, path in files.items():
                engine = await started(path, threads)
                read, written = await speeds(engine, "\n\n".join(texts))
                figures[form, f"read {threads}"].append(read)
                figures[form, f"write {threads}"].append(written)
                await engine.close()
    _report(files, figures)


def _report(files: dict[str, Path], figures: dict[tuple[str, str], list[float]]) -> None:
    print("| form | MB | bits per byte | writes, 1 thread | 2 | reads, 1 thread | 2 |")
    print("|---|---|---|---|---|---|---|")
    for form, path in files.items():
        size = path.stat().st_size / 1e6
        names = ("write 1", "write 2", "read 1", "read 2")
        fast = " | ".join(f"{statistics.median(figures[form, name]):.0f}" for name in names)
        print(f"| {form} | {size:.0f} | {figures[form, 'bits'][0]:.4f} | {fast} |")


def _plain(text: str) -> str:
    return text.translate(_PLAIN).encode("ascii", "ignore").decode()


def main() -> None:
    """Make every form, measure it, and throw it away."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=1500)
    options = parser.parse_args()
    texts = [_plain(path.read_text(encoding="utf-8")) for path in options.texts]
    with tempfile.TemporaryDirectory() as folder:
        files = {form: Path(folder) / f"{form}.gguf" for form in FORMS}
        for form, path in files.items():
            write_prepared(options.model, path, form)
        asyncio.run(measure(files, texts, options.rounds, options.tokens))


if __name__ == "__main__":
    main()
