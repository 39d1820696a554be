"""Provides the overlap of splits: how much of what is held out stands in what is learned, too.

Counted are sequences of thirteen words, as others count who publish such figures. Knows nothing of
where the texts come from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus_scraper.corpus.ngrams import Numbers, sequences, words

LENGTH = 13
"""Words in a sequence."""

MOST_HELD = 1_000_000
"""Sequences of a split that are looked for. Of a larger one those with the smallest numbers stand
for all, which is a sample that does not depend on their order."""

MUCH = 0.5
"""The share of a document's sequences from which it is held to be known."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What of a split is learned elsewhere."""

    sequences: int = 0
    """Different sequences of the split; estimated where only a sample was looked for."""
    shared: int = 0
    """Those among them that are learned, too."""

    @property
    def share(self) -> float:
        """The share of the split's sequences that are learned, too."""
        return self.shared / self.sequences if self.sequences else 0.0


Document = Sequence[str]
"""The pieces of a document that are measured; no sequence goes from one over to the next."""


class HeldOut:
    """The sequences of one split, and which of them were met."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._ceiling = np.uint64(2**64 - 1)
        self._numbers = np.empty(0, np.uint64)
        waiting: list[Numbers] = []
        length = 0
        for document in documents:
            waiting.append(self._of(document))
            length += len(waiting[-1])
            if length > MOST_HELD:
                self._take(waiting)
                length = 0
        self._take(waiting)
        self._met = np.zeros(len(self._numbers), np.bool_)

    def _of(self, document: Document) -> Numbers:
        pieces = [sequences(words(piece), LENGTH) for piece in document]
        found = np.concatenate([np.empty(0, np.uint64), *pieces])
        return found[found <= self._ceiling]

    def _take(self, waiting: list[Numbers]) -> None:
        """Take in what waits, and halve the sample as often as it is too large."""
        self._numbers = np.unique(np.concatenate([self._numbers, *waiting]))
        waiting.clear()
        while len(self._numbers) > MOST_HELD:
            self._ceiling >>= np.uint64(1)
            self._numbers = self._numbers[self._numbers <= self._ceiling]

    def meet(self, document: Document) -> None:
        """Note which sequences stand in a document that is learned."""
        if len(self._numbers):
            found, there = self._find(document)
            self._met[there[found]] = True

    def _find(
        self, document: Document
    ) -> tuple[np.typing.NDArray[np.bool_], np.typing.NDArray[np.intp]]:
        numbers = self._of(document)
        there = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        return self._numbers[there] == numbers, there

    def is_known(self, document: Document) -> bool:
        """Tell whether most of one of the split's documents is learned, too."""
        if not len(self._numbers):
            return False
        _, there = self._find(document)
        return len(there) > 0 and float(self._met[there].mean()) >= MUCH

    def overlap(self, documents: Iterable[Document]) -> Overlap:
        """Return the overlap of some of the split's documents, those that stay in it."""
        seen = np.zeros(len(self._numbers), np.bool_)
        for document in documents:
            if len(self._numbers):
                _, there = self._find(document)
                seen[there] = True
        scale = 2**64 // (int(self._ceiling) + 1)
        return Overlap(int(seen.sum()) * scale, int((seen & self._met).sum()) * scale)
