"""Fingerprint passages for deduplication.

MinHash over word 5-grams, split into bands for locality-sensitive hashing: similar texts almost
certainly share a band, others hardly ever.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from datasketch import MinHash, MinHashLSH

from corpus_scraper.corpus.ngrams import ngram_hashes, tokenize

SHINGLE = 5
"""Words in a sequence. Two stories rarely share five in a row by chance."""

MIN_WORDS = 12
"""Words a passage must have to be called a duplicate. `You are dead.` is nobody's."""

PERMUTATIONS = 128
"""Of the MinHash; more would find a little more and cost as much more."""

MISSED, MISTAKEN = 0.9, 0.1
"""How much worse it is to miss a duplicate than to look at a pair in vain: those are verified."""

MAX_LSH_THRESHOLD = 0.95
"""The highest threshold that bands are made for; above it the verification alone decides."""

BATCH = 8_192
"""Sequences hashed at once, so that a passage as long as a book needs no more memory."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is known of one passage."""

    text: str
    """Its words, a space between them: what is compared in the end."""
    exact: int
    """The same for the same words, 64 bits."""
    bands: bytes
    """Numbers of 64 bits, shared by passages that are alike; none where it is too short to tell."""


class Fingerprinter:
    """Makes fingerprints for one threshold."""

    def __init__(self, similar: float) -> None:
        threshold = min(similar, MAX_LSH_THRESHOLD)
        bands = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, weights=(MISTAKEN, MISSED))
        self.bands: int = bands.b
        self._rows: int = bands.r
        self._blank = MinHash(PERMUTATIONS, hashfunc=int)

    def make(self, text: str) -> Fingerprint:
        """Return the fingerprint of a passage's text."""
        own = tokenize(text)
        if len(own) < MIN_WORDS:
            return Fingerprint("", 0, b"")
        plain = " ".join(own)
        exact = hashlib.blake2b(plain.encode(), digest_size=8).digest()
        return Fingerprint(plain, int.from_bytes(exact, "little"), self._bands(own))

    def _bands(self, own: list[str]) -> bytes:
        minima = self._blank.copy()
        shingles = ngram_hashes(own, SHINGLE) >> np.uint64(32)  # MinHash takes 32 bits
        for start in range(0, len(shingles), BATCH):
            minima.update_batch(shingles[start : start + BATCH].tolist())
        values = np.asarray(minima.hashvalues, np.uint64)[: self.bands * self._rows]
        rows = values.reshape(self.bands, self._rows)
        band = np.arange(1, self.bands + 1, dtype=np.uint64)
        for at in range(self._rows):
            band = band * np.uint64(0x100000001B3) ^ rows[:, at]
            band ^= band >> np.uint64(31)
        return band.astype("<u8").tobytes()


def jaccard(one: str, other: str) -> float:
    """Return the share of the word sequences of two fingerprinted texts that both have."""
    if one == other:
        return 1.0
    ours, theirs = _shingles(one), _shingles(other)
    both = len(ours & theirs)
    return both / (len(ours) + len(theirs) - both)


def _shingles(text: str) -> set[tuple[str, ...]]:
    own = text.split(" ")
    return set(zip(*(own[at:] for at in range(SHINGLE)), strict=False))
