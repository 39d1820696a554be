"""Provides `held_out()`: how well a model foretells text it has not seen, in perplexity and in bits
per byte.

Perplexity is over the model's own tokens, so it compares models with the same tokenizer only. Bits
per byte divides by the bytes of the text and compares any two. Every learned token is foretold
once, from at least half a window of text before it, as far as its document has that much; the first
from the end-of-text token alone. What a corpus gives to be read and not learned is context here,
too. Knows nothing of training.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from dungeon.perspective import pronoun_shares
from training.data.corpus import Document
from training.data.tokens import encode_document, end_of_text, fast_tokenizer, token_bytes
from training.models.loading import LoadedModel

_ROWS = 8
"""Windows that a GPU reads at once; on a CPU more than one at a time gains nothing."""

_SECOND_PERSON = 0.02
"""Share of `you` among a document's words outside quotations from which it is told to you."""

OnProgress = Callable[[int], None]
"""Told how many documents are done."""


@dataclass(slots=True)
class LossTally:
    """What was foretold, and how well."""

    nats: float = 0.0
    tokens: int = 0
    bytes: int = 0
    documents: int = 0

    @property
    def perplexity(self) -> float:
        """e to the mean loss of a token; NaN where nothing was foretold."""
        return math.exp(self.nats / self.tokens) if self.tokens else math.nan

    @property
    def bits_per_byte(self) -> float:
        """The loss in bits over the bytes of the text; NaN where nothing was foretold."""
        return self.nats / math.log(2) / self.bytes if self.bytes else math.nan


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The measure over all documents, and over those that are told in second person."""

    whole: LossTally
    second_person: LossTally


@dataclass(frozen=True, slots=True)
class _Window:
    """A stretch of a document that is read at once; what lies before `first` was scored before."""

    ids: list[int]
    scored: list[bool]
    """For each id, whether its loss counts here."""


def evaluate_held_out(
    loaded: LoadedModel,
    documents: Iterable[Document],
    *,
    width: int = 0,
    device: str = "cpu",
    heard: OnProgress = lambda _: None,
) -> HeldOut:
    """Return how well the model foretells the documents.

    `width` is the most tokens it reads at once, its own context length for 0.
    """
    plain, end = fast_tokenizer(loaded.tokenizer), end_of_text(loaded.tokenizer)
    sizes = token_bytes(loaded.tokenizer)
    width = min(width or loaded.context_length, loaded.context_length)
    model: Any = loaded.model
    model.to(device)
    result = HeldOut(LossTally(), LossTally())
    for number, document in enumerate(documents, 1):
        ids, learned = encode_document(document, plain)
        tally = LossTally(documents=1)
        for window in _batched(_windows([end, *ids], [False, *learned], width), device):
            _score(model, window, end, sizes, device, tally)
        _add(result.whole, tally)
        if pronoun_shares(document.text).second >= _SECOND_PERSON:
            _add(result.second_person, tally)
        heard(number)
    return result


def _windows(ids: list[int], learned: list[bool], width: int) -> Iterator[_Window]:
    """Yield windows that overlap by half, each learned token counted in one of them."""
    done = 1
    start = 0
    while done < len(ids):
        stop = min(start + width, len(ids))
        scored = [start + at >= done and learned[start + at] for at in range(stop - start)]
        if any(scored):
            yield _Window(ids[start:stop], scored)
        done = stop
        start = stop - width // 2


def _batched(windows: Iterable[_Window], device: str) -> Iterator[list[_Window]]:
    rest = iter(windows)
    while batch := list(islice(rest, 1 if device == "cpu" else _ROWS)):
        yield batch


@torch.no_grad()
def _score(
    model: Any, windows: list[_Window], end: int, sizes: Any, device: str, tally: LossTally
) -> None:
    """Add the losses of a batch. What pads a row stands behind it, where it is not looked at."""
    longest = max(len(window.ids) for window in windows)
    rows = [window.ids + [end] * (longest - len(window.ids)) for window in windows]
    marks = [window.scored + [False] * (longest - len(window.ids)) for window in windows]
    ids, scored = torch.tensor(rows, device=device), torch.tensor(marks, device=device)
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        logits = model(input_ids=ids, use_cache=False).logits
    wanted = scored[:, 1:]
    targets = ids[:, 1:][wanted]
    losses = cross_entropy(logits[:, :-1][wanted].float(), targets, reduction="none")
    tally.nats += float(losses.double().sum())
    tally.tokens += len(targets)
    tally.bytes += int(sizes[targets.cpu().numpy()].sum())


def _add(total: LossTally, part: LossTally) -> None:
    total.nats += part.nats
    total.tokens += part.tokens
    total.bytes += part.bytes
    total.documents += part.documents
