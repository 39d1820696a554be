"""Recognise sentences that the story has already told word for word."""

import re
from bisect import bisect_left
from collections.abc import Iterable

from dungeon.sentences import split_sentences

MIN_WORDS = 6
"""A sentence of fewer words may come back: a refrain, a bell, an answer."""

_WORD = re.compile(r"\w+")


class EarlierSentences:
    """The sentences of earlier replies, compared by their words alone."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Take the texts of the story so far."""
        sentences = (_words(s.text) for text in texts for s in split_sentences(text))
        self._sorted = sorted({words for words in sentences if words.count(" ") + 1 >= MIN_WORDS})

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


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
