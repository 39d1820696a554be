"""Fingerprints of a whole corpus, on disk.

One file a band, so that one band can be sorted while the others stay on disk: memory grows by a few
bytes a passage.
"""

from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

import numpy as np

from corpus_scraper.corpus.duplicates.fingerprints import Fingerprint
from corpus_scraper.corpus.ngrams import Hashes
from corpus_scraper.corpus.record_file import RecordFile

TOO_SHORT = 0
"""What stands in the place of an exact number where a passage is too short to tell."""


class FingerprintStore:
    """Fingerprints by the number of the passage, counted from 0."""

    def __init__(self, folder: Path, bands: int) -> None:
        folder.mkdir()
        self._open = ExitStack()
        self._texts = self._open.enter_context(closing(RecordFile(folder / "texts")))
        self._exact = self._file(folder / "exact")
        self._bands = [self._file(folder / f"band-{at}") for at in range(bands)]

    def _file(self, path: Path) -> BinaryIO:
        return self._open.enter_context(path.open("w+b"))

    def close(self) -> None:
        """Close what is open."""
        self._open.close()

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, fingerprint: Fingerprint) -> None:
        """Put the fingerprint of the next passage on the store."""
        self._texts.append(fingerprint.text.encode())
        self._exact.write(fingerprint.exact.to_bytes(8, "little"))
        bands = fingerprint.bands or bytes(8 * self.bands)
        for at, file in enumerate(self._bands):
            file.write(bands[8 * at : 8 * at + 8])

    @property
    def bands(self) -> int:
        """How many bands each fingerprint has."""
        return len(self._bands)

    def exact(self) -> Hashes:
        """Return the exact number of every passage; TOO_SHORT where it is that."""
        return _column(self._exact)

    def band(self, at: int) -> Hashes:
        """Return one band of every passage."""
        return _column(self._bands[at])

    def text(self, passage: int) -> str:
        """Return the words of a passage, a space between them."""
        return self._texts[passage].decode()


def _column(file: BinaryIO) -> Hashes:
    file.seek(0)
    return np.frombuffer(file.read(), "<u8").astype(np.uint64, copy=False)
