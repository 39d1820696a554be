"""Check that a GGUF file is the model it was exported from, by running it in llama.cpp.

Both encode the same texts; the tokens have to be the same, and the log-probabilities of the next
token close together, however the weights were rounded.
"""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import torch

from dungeon.errors import GrueError
from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.llama_launcher import LlamaSettings, serve

if TYPE_CHECKING:
    from training.models.loading import LoadedModel

TOLERANCES: Mapping[str, float] = {"F32": 0.05, "F16": 0.05, "Q8_0": 0.25}
"""The mean difference of log-probabilities that counts as rounding. Measured on the shapes of GPT-2
and llama, it is below 0.01 for F32 and F16 and below 0.1 for Q8_0; a weight in the wrong layout
gives several units."""

TEXTS = (
    "You stand before a door of grey iron.\n\n> You knock 3 times.\n\n“Who’s there?” says a voice, "
    "and it isn't friendly.",
    "It costs 1,250 gold.  Two spaces, a tab\tand naïve café: — über 漢字 🗝️!\n\n\nThe end...",
)
"""Texts with quotation marks, numbers, contractions, white space and other scripts."""

_TOP = 20
"""The number of likeliest tokens that are compared."""
_MAX_TOKENS = 96
"""Tokens of a text that are read."""
_POSITIONS = (1, 2, 4, 8, 16, 32, 64)
"""The numbers of tokens after which the next token is compared."""

_FORCING_BIAS = 1e6
"""A logit bias that leaves no other choice."""

_ANSWER_SECONDS = 600


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How close a file is to its model."""

    positions: int
    """The number of positions at which the next token was compared."""
    mean: float
    """The mean difference of the likeliest tokens' log-probabilities."""
    largest: float
    """The largest difference."""


def check(
    path: Path, loaded: "LoadedModel", output_type: str, adapters: tuple[Path, ...] = ()
) -> CheckResult:
    """Return how close the file at `path` is to `loaded`; `output_type` is that of its matrices.

    Raises GrueError where they are two different models, GeneratorError where it does not load.
    """
    settings = LlamaSettings(
        path.resolve(),
        path.stem,
        context_length=max(_max_tokens(loaded), 32) + 32,
        threads=1,
        lora=tuple((adapter.resolve(), 1.0) for adapter in adapters),
    )
    with ThreadPoolExecutor(1) as thread:  # the caller may have an event loop, as in a notebook
        differences = thread.submit(asyncio.run, _compare(settings, loaded)).result()
    flat = [difference for position in differences for difference in position]
    result = CheckResult(len(differences), mean(flat), max(flat))
    if result.mean > TOLERANCES[output_type]:
        raise GrueError(
            f"{path.name} does not predict what {loaded.name} does: log-probabilities differ by "
            f"{result.mean:.2f} on average, where {TOLERANCES[output_type]} is rounding. This is a "
            "fault of the exporter; please report it with the model's name."
        )
    return result


def _max_tokens(loaded: "LoadedModel") -> int:
    return min(_MAX_TOKENS, loaded.context_length)


async def _compare(settings: LlamaSettings, loaded: "LoadedModel") -> list[list[float]]:
    """Return for each position the differences of the likeliest tokens' log-probabilities."""
    differences = []
    async with serve(settings, Timeouts(prefill=_ANSWER_SECONDS)) as server:
        forced = (await _tokenize(server, "a"))[-1]
        for text in TEXTS:
            tokens = _check_tokens(await _tokenize(server, text), loaded, text)
            tokens = tokens[: _max_tokens(loaded)]
            for position in (*(p for p in _POSITIONS if p < len(tokens)), len(tokens)):
                likeliest = await _next_token_logprobs(server, tokens[:position], forced)
                differences.append(_differences(loaded, tokens[:position], likeliest))
    return differences


async def _tokenize(server: ModelServerClient, text: str) -> list[int]:
    return list((await server.request_json("/tokenize", {"content": text}))["tokens"])


async def _next_token_logprobs(
    server: ModelServerClient, prompt: list[int], forced: int
) -> dict[int, float]:
    """Return the likeliest next tokens after `prompt`, each with its log-probability.

    The token `forced`, a plain letter, is forced as the answer, because the server reports no
    probabilities together with half a character or the end of a text. Those it reports are from
    before the bias.
    """
    document = {
        "prompt": prompt,
        "n_predict": 1,
        "n_probs": _TOP,
        "logit_bias": [[forced, _FORCING_BIAS]],
    }
    answer = await server.request_json("/completion", document)
    (sampled,) = answer["completion_probabilities"]
    return {entry["id"]: float(entry["logprob"]) for entry in sampled["top_logprobs"]}


def _check_tokens(theirs: list[int], loaded: "LoadedModel", text: str) -> list[int]:
    """Return the model's tokens of `text`. Raises GrueError where the file's are others."""
    ours = list(loaded.tokenizer(text)["input_ids"])
    if ours[:1] == [loaded.tokenizer.bos_token_id] and theirs[:1] != ours[:1]:
        theirs = ours[:1] + theirs  # llama.cpp adds it to a prompt, not to a text
    if ours != theirs:
        position = next(
            (n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
            min(len(ours), len(theirs)),
        )
        raise GrueError(
            f"The file encodes text in other tokens than {loaded.name}: from "
            f"{loaded.tokenizer.decode(ours[position : position + 3])!r} on. This is a fault of "
            "the exporter; please report it with the model's name."
        )
    return ours


def _differences(
    loaded: "LoadedModel", tokens: list[int], theirs: Mapping[int, float]
) -> list[float]:
    with torch.no_grad():
        logits = loaded.model(torch.tensor([tokens])).logits[0, -1].float()  # (vocabulary,)
    ours = torch.log_softmax(logits, dim=-1)
    return [abs(float(ours[token]) - logprob) for token, logprob in theirs.items()]
