"""Provides the overlap of splits: how much of what is held out stands in what is learned, too.

Counted are sequences of thirteen words, as others count who publish such figures. Knows nothing of
where the texts come from.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from corpus_scraper.words import Numbers, sequences, words

LENGTH = 13
"""Words in a sequence."""

MOST_HELD = 1_000_000
"""Sequences of a split that are looked for. Of a larger one those with the smallest numbers stand
for all, which is a sample that does not depend on their order."""

MUCH = 0.5
"""The share of a document's sequences from which it is counted as mostly known."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What of a split is learned elsewhere."""

    sequences: int = 0
    """Different sequences of the split; estimated where only a sample was looked for."""
    shared: int = 0
    """Those among them that are learned, too."""
    documents: int = 0
    known: int = 0
    """Documents of which most is learned elsewhere."""

    @property
    def share(self) -> float:
        """The share of the split's sequences that are learned, too."""
        return self.shared / self.sequences if self.sequences else 0.0


class HeldOut:
    """The sequences of one split, and which of them were met."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._ceiling = np.uint64(2**64 - 1)
        self._numbers = np.empty(0, np.uint64)
        waiting: list[Numbers] = []
        for text in texts:
            waiting.append(self._of(text))
            if sum(map(len, waiting)) > MOST_HELD:
                self._take(waiting)
        self._take(waiting)
        self._met = np.zeros(len(self._numbers), np.bool_)

    def _of(self, text: str) -> Numbers:
        found = sequences(words(text), LENGTH)
        return found[found <= self._ceiling]

    def _take(self, waiting: list[Numbers]) -> None:
        """Take in what waits, and halve the sample as often as it is too large."""
        self._numbers = np.unique(np.concatenate([self._numbers, *waiting]))
        waiting.clear()
        while len(self._numbers) > MOST_HELD:
            self._ceiling >>= np.uint64(1)
            self._numbers = self._numbers[self._numbers <= self._ceiling]

    def meet(self, text: str) -> None:
        """Note which sequences stand in a text that is learned."""
        if len(self._numbers):
            found, there = self._find(text)
            self._met[there[found]] = True

    def _find(self, text: str) -> tuple[np.typing.NDArray[np.bool_], np.typing.NDArray[np.intp]]:
        numbers = self._of(text)
        there = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        return self._numbers[there] == numbers, there

    def overlap(self, texts: Iterable[str]) -> Overlap:
        """Return the overlap, given the texts of the split once more, one a document."""
        documents = known = 0
        for text in texts:
            documents += 1
            if len(self._numbers):
                _, there = self._find(text)
                known += bool(len(there)) and float(self._met[there].mean()) >= MUCH
        scale = 2**64 // (int(self._ceiling) + 1)
        return Overlap(len(self._numbers) * scale, int(self._met.sum()) * scale, documents, known)
