"""Tokenize text into words, and hash its n-grams.

The hashes are the same in every process and on every machine, unlike Python's own.
"""

import re
import zlib

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""The golden ratio as 64 bits: an odd number whose powers look random."""


def tokenize(text: str) -> list[str]:
    """Return the words of `text` in small letters, without what stands between them."""
    return _WORD.findall(text.lower().replace("’", "'"))


def ngram_hashes(of: list[str], length: int) -> Hashes:
    """Return a number for every sequence of `length` words, in order; none where there are fewer.

    Two sequences have the same number where their words are the same in the same order.
    """
    count = len(of) - length + 1
    if count <= 0:
        return np.empty(0, np.uint64)
    each = np.fromiter((zlib.crc32(word.encode()) for word in of), np.uint64, len(of))
    number = np.zeros(count, np.uint64)
    for at in range(length):
        number *= _FACTOR
        number += each[at : at + count]
    number ^= number >> np.uint64(32)
    number *= _FACTOR
    return number ^ (number >> np.uint64(29))
