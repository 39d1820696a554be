"""Provides `check()`: does a GGUF file read and think as the model it was written from.

Both read the same texts; the tokens must be the same, and the log-probabilities of what comes next
must lie close together, however the weights were rounded. Knows nothing of how files are written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import torch

from dungeon.errors import GrueError
from training.export.engine import Engine, running

if TYPE_CHECKING:
    from training.models.loading import LoadedModel

TOLERANCES: Mapping[str, float] = {"F32": 0.05, "F16": 0.05, "Q8_0": 0.25}
"""The mean distance of log-probabilities that is taken for rounding. Measured on GPT-2's shape and
on llama's it is below 0.01 for F32 and F16 and below 0.1 for Q8_0; a weight that was turned the
wrong way gives several whole numbers."""

TEXTS = (
    "You stand before a door of grey iron.\n\n> You knock 3 times.\n\n“Who’s there?” says a voice, "
    "and it isn't friendly.",
    "It costs 1,250 gold.  Two spaces, a tab\tand naïve café: — über 漢字 🗝️!\n\n\nThe end...",
)
"""What is read: quotation marks, numbers, contractions, white space, other scripts."""

_LIKELIEST = 20
_LONGEST = 96
"""Tokens of a text that are read."""
_PLACES = (1, 2, 4, 8, 16, 32, 64)
"""After how many tokens it is asked what comes next."""


@dataclass(frozen=True, slots=True)
class Check:
    """How near a file is to its model."""

    places: int
    """How many times it was asked what comes next."""
    mean: float
    """The mean distance of the likeliest tokens' log-probabilities."""
    largest: float
    """The largest distance."""


def check(path: Path, loaded: "LoadedModel", kind: str, adapters: tuple[Path, ...] = ()) -> Check:
    """Return how near the file at `path` is to `loaded`; `kind` is what its matrices are kept as.

    Raises GrueError where they are two different models, EngineStopped where it does not load.
    """
    longest = min(_LONGEST, loaded.context_length)
    distances: list[float] = []
    places = 0
    with running(path, max(longest, 32) + 32, adapters) as engine:
        for text in TEXTS:
            tokens = _same_tokens(engine, loaded, text)[:longest]
            for place in (*(p for p in _PLACES if p < len(tokens)), len(tokens)):
                theirs = engine.likeliest(tokens[:place], _LIKELIEST)
                distances += _distances(loaded, tokens[:place], theirs)
                places += 1
    found = Check(places, mean(distances), max(distances))
    if found.mean > TOLERANCES[kind]:
        raise GrueError(
            f"{path.name} does not think as {loaded.name} does: what comes next differs by "
            f"{found.mean:.2f} on average, where {TOLERANCES[kind]} is rounding. This is a fault "
            "of the exporter; please report it with the model's name."
        )
    return found


def _same_tokens(engine: Engine, loaded: "LoadedModel", text: str) -> list[int]:
    ours = list(loaded.tokenizer(text)["input_ids"])
    theirs = engine.tokens(text)
    if ours[:1] == [loaded.tokenizer.bos_token_id] and theirs[:1] != ours[:1]:
        theirs = ours[:1] + theirs  # the engine adds it to a prompt, not to a text
    if ours != theirs:
        place = next(
            (n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]),
            min(len(ours), len(theirs)),
        )
        raise GrueError(
            f"The file reads text in other tokens than {loaded.name}: from "
            f"{loaded.tokenizer.decode(ours[place : place + 3])!r} on. This is a fault of the "
            "exporter; please report it with the model's name."
        )
    return ours


def _distances(
    loaded: "LoadedModel", tokens: list[int], theirs: Mapping[int, float]
) -> list[float]:
    with torch.no_grad():
        logits = loaded.model(torch.tensor([tokens])).logits[0, -1].float()
    ours = torch.log_softmax(logits, dim=-1)
    return [abs(float(ours[token]) - logprob) for token, logprob in theirs.items()]
