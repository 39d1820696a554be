"""Find the text of an evaluation that is also in the training text, by its 13-grams of words.

Thirteen words are the length that most published contamination checks use. The n-grams of what is
evaluated are kept as 64-bit hashes, and the training text is read past them, a document at a time:
the memory grows with the evaluated text alone.
"""

import re
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.documents import Document, Span
from training.evaluation.prompts import Prompt

NGRAM_LENGTH = 13
"""Words of an n-gram."""

CONTAMINATED = 0.5
"""Share of a text's n-grams from which the text counts as contaminated."""

MAX_EXAMPLES = 5
_EXAMPLE_WORDS = 30
_PROGRESS_DOCUMENTS = 50

Hashes = NDArray[np.uint64]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio as 64 bits: an odd number whose powers look random."""


@dataclass(frozen=True, slots=True)
class Example:
    """A passage that is also in the training text."""

    name: str
    """The id of the document, or the action of the prompt."""
    share: float
    """Share of its n-grams that are in the training text."""
    text: str
    """The longest passage that is, in small letters, cut to thirty words."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of some texts is also in the training text."""

    texts: int
    contaminated: int
    """Texts of which at least half of the n-grams are in the training text."""
    ngrams: int
    """Distinct n-grams of the texts."""
    shared: int
    """Those that are in the training text."""
    examples: tuple[Example, ...]
    """The texts with the largest shares."""

    @property
    def share(self) -> float:
        """Share of the n-grams that are in the training text."""
        return self.shared / self.ngrams if self.ngrams else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        names = ("texts", "contaminated", "ngrams", "shared", "share")
        examples = [
            {"name": each.name, "share": each.share, "text": each.text} for each in self.examples
        ]
        return {name: getattr(self, name) for name in names} | {"examples": examples}


@dataclass(frozen=True, slots=True)
class Contamination:
    """The overlap of all that is evaluated with the training text."""

    held_out: Overlap
    prompts: Overlap
    training_documents: int
    """Training documents that were read."""
    is_complete: bool
    """Whether these are all of them; otherwise the time was over."""

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready."""
        return {
            "ngram_words": NGRAM_LENGTH,
            "training_documents": self.training_documents,
            "complete": self.is_complete,
            "held_out": self.held_out.to_dict(),
            "prompts": self.prompts.to_dict(),
        }


def check_contamination(
    training: Iterable[Document],
    held_out: Sequence[Document],
    prompts: Sequence[Prompt],
    *,
    on_progress: Callable[[int], None] = lambda _: None,
    is_time_over: Callable[[], bool] = lambda: False,
) -> Contamination:
    """Return how much of `held_out` and `prompts` is in `training`.

    Of held-out documents the n-grams that end in trained text count: context is not evaluated.
    """
    texts = _Texts((each.id, each.spans) for each in held_out)
    asked = _Texts((each.action, (Span(each.text, train=True),)) for each in prompts)
    read, is_complete = 0, True
    for document in training:
        hashes = _ngrams(_words(document.spans))
        texts.mark(hashes)
        asked.mark(hashes)
        read += 1
        if read % _PROGRESS_DOCUMENTS == 0:
            on_progress(read)
            if is_time_over():
                is_complete = False
                break
    on_progress(read)
    return Contamination(texts.overlap(), asked.overlap(), read, is_complete)


# Words and their hashes ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a text in small letters, and which of them stand in trained text."""

    words: list[str]
    trained: NDArray[np.bool_]


def _words(spans: Sequence[Span]) -> _Words:
    text = "".join(span.text for span in spans)
    ends: list[int] = []
    for span in spans:
        ends.append(len(span.text) + (ends[-1] if ends else 0))
    found = list(_WORD.finditer(text))
    trained = [spans[bisect_right(ends, each.start())].train for each in found]
    words = [each[0].lower().replace("’", "'") for each in found]
    return _Words(words, np.array(trained, np.bool_))


def _ngrams(words: _Words) -> Hashes:
    """Return the hash of each n-gram in order; they are the same in every process."""
    count = len(words.words) - NGRAM_LENGTH + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    each = np.fromiter((zlib.crc32(word.encode()) for word in words.words), np.uint64)
    number = np.zeros(count, np.uint64)
    for at in range(NGRAM_LENGTH):
        number *= _FACTOR
        number += each[at : at + count]
    number ^= number >> np.uint64(32)
    number *= _FACTOR
    return number ^ (number >> np.uint64(29))


class _Texts:
    """Texts that are evaluated, and which of their n-grams have been found."""

    def __init__(self, texts: Iterable[tuple[str, Sequence[Span]]]) -> None:
        self._texts = list(texts)
        hashes = [self._counted(_words(spans)) for _, spans in self._texts]
        self._hashes = np.unique(np.concatenate([np.empty(0, np.uint64), *hashes]))
        self._found = np.zeros(len(self._hashes), np.bool_)

    def _counted(self, words: _Words) -> Hashes:
        return _ngrams(words)[words.trained[NGRAM_LENGTH - 1 :]]

    def mark(self, hashes: Hashes) -> None:
        """Mark those of the n-grams that are among `hashes`."""
        if len(self._hashes):
            places = self._places(hashes)
            self._found[places[self._hashes[places] == hashes]] = True

    def _places(self, hashes: Hashes) -> NDArray[np.intp]:
        return np.minimum(np.searchsorted(self._hashes, hashes), len(self._hashes) - 1)

    def overlap(self) -> Overlap:
        """Return how much has been found."""
        examples = [each for each in map(self._example, self._texts) if each.share > 0]
        return Overlap(
            texts=len(self._texts),
            contaminated=sum(each.share >= CONTAMINATED for each in examples),
            ngrams=len(self._hashes),
            shared=int(self._found.sum()),
            examples=tuple(sorted(examples, key=lambda each: -each.share)[:MAX_EXAMPLES]),
        )

    def _example(self, text: tuple[str, Sequence[Span]]) -> Example:
        name, spans = text
        words = _words(spans)
        hashes = _ngrams(words)
        counts = words.trained[NGRAM_LENGTH - 1 :]
        if not len(self._hashes) or not counts.any():
            return Example(name, 0.0, "")
        places = self._places(hashes)
        found = self._found[places] & (self._hashes[places] == hashes) & counts
        start, length = _longest_run(found)
        passage = words.words[start : start + length + NGRAM_LENGTH - 1] if length else []
        return Example(name, float(found.sum() / counts.sum()), _shorten(passage))


def _longest_run(found: NDArray[np.bool_]) -> tuple[int, int]:
    """Return the start and the length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], found, [False]]).astype(np.int8)))
    starts, lengths = edges[::2], edges[1::2] - edges[::2]
    if not len(starts):
        return 0, 0
    longest = int(lengths.argmax())
    return int(starts[longest]), int(lengths[longest])


def _shorten(words: Sequence[str]) -> str:
    mark = " …" if len(words) > _EXAMPLE_WORDS else ""
    return " ".join(words[:_EXAMPLE_WORDS]) + mark
