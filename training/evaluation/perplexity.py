"""Evaluate a model on held-out text: perplexity and bits per byte.

Perplexity is over the model's own tokens, so it is comparable only between models with the same
tokenizer. Bits per byte divide by the bytes of the text and compare any two models. Every trained
token is predicted exactly once, with at least half a window of context where its document has that
much; the first token is predicted from the end-of-text token alone. Spans that the corpus marks as
context are context here, too.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from dungeon.perspective import pronoun_shares
from dungeon.text.counts import count
from training.data.documents import Document
from training.data.tokens import encode_documents, end_of_text, fast_tokenizer, token_bytes
from training.models.loading import LoadedModel

_GPU_BATCH_SIZE = 8
"""Windows per forward pass on a GPU; on a CPU more than one at a time is no faster."""

_SECOND_PERSON_SHARE = 0.02
"""Share of `you` among the words outside quotations from which a document is in second person."""

OnDocuments = Callable[[float], None]
"""Receives the number of documents that are done, with the part of the current one."""


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
class DocumentLoss:
    """The sums over one document."""

    number: int
    """Its position among the documents that were to be evaluated."""
    id: str
    work: str
    second_person: bool
    tally: LossTally


@dataclass(frozen=True, slots=True, repr=False)
class HeldOutResult:
    """The losses of each document, in their order; those without trained text are among them."""

    documents: tuple[DocumentLoss, ...] = ()

    def __repr__(self) -> str:
        bits = f"{self.total.bits_per_byte:.4f} bits per byte"
        return f"HeldOutResult({count(len(self.documents), 'document')}, {bits})"

    @property
    def total(self) -> LossTally:
        """The sums over all documents."""
        return add_up(self.documents)

    @property
    def second_person(self) -> LossTally:
        """The sums over the documents in second person."""
        return add_up(each for each in self.documents if each.second_person)


def add_up(documents: Iterable[DocumentLoss]) -> LossTally:
    """Return the sums over `documents`."""
    result = LossTally()
    for each in documents:
        result.add(each.tally)
    return result


_Window = tuple[list[int], list[bool]]
"""Token ids that are read in one forward pass, and for each whether its loss counts here."""


def evaluate_held_out(
    loaded: LoadedModel,
    documents: Sequence[Document],
    *,
    max_seq_length: int = 0,
    device: str = "cpu",
    on_progress: OnDocuments = lambda _: None,
    is_time_over: Callable[[], bool] = lambda: False,
) -> HeldOutResult:
    """Return the losses of the model on `documents`.

    `max_seq_length` is the window in tokens; 0 means the model's context length. The documents are
    read in random order, so that those read before `is_time_over` are a sample of all; the one that
    is being read then does not count.
    """
    reader = _Reader(loaded, max_seq_length, device)
    losses: list[DocumentLoss] = []
    for done, number in enumerate(shuffled(len(documents))):
        document, tally = documents[number], LossTally(documents=1)
        for part in reader.read(document, tally):
            on_progress(done + part)
            if is_time_over():
                return _in_order(losses)
        second_person = pronoun_shares(document.text).second >= _SECOND_PERSON_SHARE
        losses.append(DocumentLoss(number, document.id, document.work, second_person, tally))
        on_progress(done + 1)
    return _in_order(losses)


def shuffled(count: int) -> list[int]:
    """Return the numbers below `count` in a random order that is always the same."""
    return random.Random(0).sample(range(count), count)


def _in_order(losses: list[DocumentLoss]) -> HeldOutResult:
    return HeldOutResult(tuple(sorted(losses, key=lambda each: each.number)))


class _Reader:
    """A model with what is needed to read documents."""

    def __init__(self, loaded: LoadedModel, max_seq_length: int, device: str) -> None:
        self._plain = fast_tokenizer(loaded.tokenizer)
        self._end = end_of_text(loaded.tokenizer)
        self._sizes = token_bytes(loaded.tokenizer)
        self._window = min(max_seq_length or loaded.context_length, loaded.context_length)
        self._device = device
        model: Any = loaded.model
        self._model = model.to(device)

    def read(self, document: Document, tally: LossTally) -> Iterator[float]:
        """Add the losses of `document` to `tally`; yield before each pass how much is read."""
        [(ids, loss_mask)] = encode_documents([document], self._plain)
        windows = _windows([self._end, *ids], [False, *loss_mask], self._window)
        batch_size = 1 if self._device == "cpu" else _GPU_BATCH_SIZE
        while batch := list(islice(windows, batch_size)):
            yield tally.tokens / len(ids)
            _score(self._model, batch, self._end, self._sizes, self._device, tally)


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
