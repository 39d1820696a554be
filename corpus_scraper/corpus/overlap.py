"""Measure contamination: how much of the held-out text is also in the training text.

Counts 13-grams of words, the length most published contamination checks use.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus_scraper.corpus.ngrams import Hashes, ngram_hashes, tokenize

NGRAM_LENGTH = 13
"""Words in an n-gram."""

MAX_SAMPLE = 1_000_000
"""N-grams of a split that are searched for; of a larger split those with the smallest hashes, a
sample that does not depend on their order."""

CONTAMINATED = 0.5
"""Share of a document's n-grams in train at which it counts as contaminated."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a split is also in train."""

    sequences: int = 0
    """Distinct n-grams of the split; estimated where only a sample was searched for."""
    shared: int = 0
    """Those that are also in train."""

    @property
    def share(self) -> float:
        """Share of the split's n-grams that are also in train."""
        return self.shared / self.sequences if self.sequences else 0.0


Document = Sequence[str]
"""The pieces of a document that are measured; no sequence goes from one over to the next."""


class HeldOutNgrams:
    """The n-grams of one split, and which of them are in train."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._ceiling = np.uint64(2**64 - 1)
        self._hashes = np.empty(0, np.uint64)
        waiting: list[Hashes] = []
        length = 0
        for document in documents:
            waiting.append(self._hashes_of(document))
            length += len(waiting[-1])
            if length > MAX_SAMPLE:
                self._merge(waiting)
                length = 0
        self._merge(waiting)
        self._seen_in_train = np.zeros(len(self._hashes), np.bool_)

    def _hashes_of(self, document: Document) -> Hashes:
        pieces = [ngram_hashes(tokenize(piece), NGRAM_LENGTH) for piece in document]
        found = np.concatenate([np.empty(0, np.uint64), *pieces])
        return found[found <= self._ceiling]

    def _merge(self, waiting: list[Hashes]) -> None:
        """Take in what waits, and halve the sample as often as it is too large."""
        self._hashes = np.unique(np.concatenate([self._hashes, *waiting]))
        waiting.clear()
        while len(self._hashes) > MAX_SAMPLE:
            self._ceiling >>= np.uint64(1)
            self._hashes = self._hashes[self._hashes <= self._ceiling]

    def mark_trained(self, document: Document) -> None:
        """Mark the n-grams of a document that is trained on."""
        if len(self._hashes):
            found, there = self._find(document)
            self._seen_in_train[there[found]] = True

    def _find(
        self, document: Document
    ) -> tuple[np.typing.NDArray[np.bool_], np.typing.NDArray[np.intp]]:
        numbers = self._hashes_of(document)
        there = np.minimum(np.searchsorted(self._hashes, numbers), len(self._hashes) - 1)
        return self._hashes[there] == numbers, there

    def is_contaminated(self, document: Document) -> bool:
        """Return whether most of one of the split's documents is also in train."""
        if not len(self._hashes):
            return False
        _, there = self._find(document)
        return len(there) > 0 and float(self._seen_in_train[there].mean()) >= CONTAMINATED

    def overlap(self, documents: Iterable[Document]) -> Overlap:
        """Return the overlap of some of the split's documents, those that stay in it."""
        seen = np.zeros(len(self._hashes), np.bool_)
        for document in documents:
            if len(self._hashes):
                _, there = self._find(document)
                seen[there] = True
        scale = 2**64 // (int(self._ceiling) + 1)
        return Overlap(int(seen.sum()) * scale, int((seen & self._seen_in_train).sum()) * scale)
