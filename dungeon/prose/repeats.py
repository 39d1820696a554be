"""Recognise sentences that the story has already told word for word."""

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import lru_cache

from dungeon.sentences import split_sentences

MIN_WORDS = 6
"""A sentence of fewer words may come back: a refrain, a bell, an answer."""

_WORD = re.compile(r"\w+")


class EarlierSentences:
    """The sentences of earlier replies, compared by their words alone."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Take the texts of the story so far."""
        self._sorted = sorted({words for text in texts for words in _long_sentences(text)})

    def __contains__(self, sentence: str) -> bool:
        """Return whether `sentence` is one of them."""
        words = _words(sentence)
        at = bisect_left(self._sorted, words)
        return at < len(self._sorted) and self._sorted[at] == words

    def may_become(self, start: str) -> bool:
        """Return whether a sentence that starts like this might still be one of them."""
        words = _words(start)
        at = bisect_left(self._sorted, words)
        return at < len(self._sorted) and self._sorted[at].startswith(words)


@lru_cache(maxsize=512)
def _long_sentences(text: str) -> frozenset[str]:
    """Return the words of the sentences that must not come back. Cached: texts of turns stay."""
    sentences = (_words(sentence.text) for sentence in split_sentences(text))
    return frozenset(words for words in sentences if words.count(" ") + 1 >= MIN_WORDS)


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
