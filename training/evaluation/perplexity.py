"""Evaluate a model on held-out text: perplexity and bits per byte.

Perplexity is over the model's own tokens, so it is comparable only between models with the same
tokenizer. Bits per byte divide by the bytes of the text and compare any two models. Every trained
token is predicted exactly once, with at least half a window of context where its document has that
much; the first token is predicted from the end-of-text token alone. Spans that the corpus marks as
context are context here, too.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from dungeon.perspective import pronoun_shares
from training.data.corpus import Document
from training.data.tokens import encode_documents, end_of_text, fast_tokenizer, token_bytes
from training.models.loading import LoadedModel

_GPU_BATCH_SIZE = 8
"""Windows per forward pass on a GPU; on a CPU more than one at a time is no faster."""

_SECOND_PERSON_SHARE = 0.02
"""Share of `you` among the words outside quotations from which a document is in second person."""

OnDocuments = Callable[[int], None]
"""Receives the number of documents that are done."""


@dataclass(slots=True)
class LossTally:
    """Sums over predicted tokens."""

    nats: float = 0.0
    tokens: int = 0
    bytes: int = 0
    documents: int = 0

    @property
    def perplexity(self) -> float | None:
        """e to the mean loss per token; None without tokens."""
        return math.exp(self.nats / self.tokens) if self.tokens else None

    @property
    def bits_per_byte(self) -> float | None:
        """The loss in bits per byte of text; None without bytes."""
        return self.nats / math.log(2) / self.bytes if self.bytes else None

    def to_dict(self) -> dict[str, float | None]:
        """Return counts and metrics, JSON-ready."""
        names = ("documents", "tokens", "bytes", "perplexity", "bits_per_byte")
        return {name: getattr(self, name) for name in names}

    def add(self, other: "LossTally") -> None:
        """Add the sums of another tally."""
        self.nats += other.nats
        self.tokens += other.tokens
        self.bytes += other.bytes
        self.documents += other.documents


@dataclass(frozen=True, slots=True)
class HeldOutResult:
    """The sums over all documents, and over those in second person."""

    total: LossTally
    second_person: LossTally


_Window = tuple[list[int], list[bool]]
"""Token ids that are read in one forward pass, and for each whether its loss counts here."""


def evaluate_held_out(
    loaded: LoadedModel,
    documents: Iterable[Document],
    *,
    max_seq_length: int = 0,
    device: str = "cpu",
    on_progress: OnDocuments = lambda _: None,
) -> HeldOutResult:
    """Return the losses of the model on `documents`.

    `max_seq_length` is the window in tokens; 0 means the model's context length.
    """
    plain, end = fast_tokenizer(loaded.tokenizer), end_of_text(loaded.tokenizer)
    sizes = token_bytes(loaded.tokenizer)
    window_length = min(max_seq_length or loaded.context_length, loaded.context_length)
    model: Any = loaded.model
    model.to(device)
    result = HeldOutResult(LossTally(), LossTally())
    for number, document in enumerate(documents, 1):
        [(ids, loss_mask)] = encode_documents([document], plain)
        tally = LossTally(documents=1)
        windows = _windows([end, *ids], [False, *loss_mask], window_length)
        while batch := list(islice(windows, 1 if device == "cpu" else _GPU_BATCH_SIZE)):
            _score(model, batch, end, sizes, device, tally)
        result.total.add(tally)
        if pronoun_shares(document.text).second >= _SECOND_PERSON_SHARE:
            result.second_person.add(tally)
        on_progress(number)
    return result


def _windows(ids: list[int], loss_mask: list[bool], length: int) -> Iterator[_Window]:
    """Yield windows that overlap by half; each trained token is scored in exactly one of them."""
    done = 1
    start = 0
    while done < len(ids):
        stop = min(start + length, len(ids))
        scored = [at >= done and loss_mask[at] for at in range(start, stop)]
        if any(scored):
            yield ids[start:stop], scored
        done = stop
        start = stop - length // 2


@torch.no_grad()
def _score(
    model: Any, windows: list[_Window], end: int, sizes: Any, device: str, tally: LossTally
) -> None:
    """Add the losses of a batch of windows to `tally`.

    ids are (batch, length) int64, the mask is (batch, length) bool, logits are (batch, length,
    vocab_size) and in float32 for the loss. Rows are padded on the right, where causal attention
    does not look.
    """
    rows, masks = zip(*windows, strict=True)
    ids = torch.tensor(list(zip_longest(*rows, fillvalue=end)), device=device).T
    scored = torch.tensor(list(zip_longest(*masks, fillvalue=False)), device=device).T
    with torch.autocast(device, torch.bfloat16, enabled=device == "cuda"):
        logits = model(input_ids=ids, use_cache=False).logits
    mask = scored[:, 1:]
    targets = ids[:, 1:][mask]
    losses = cross_entropy(logits[:, :-1][mask].float(), targets, reduction="none")
    tally.nats += float(losses.double().sum())
    tally.tokens += len(targets)
    tally.bytes += int(sizes[targets.cpu().numpy()].sum())
