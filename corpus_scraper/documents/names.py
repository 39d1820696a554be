"""Find the names of a story in its prose, and write the words of a label as the prose does.

`Take The Iron Key To Rowan` → `Take the iron key to Rowan`, where the prose has Rowan with a
capital in the middle of a sentence, and keys without.
"""

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from corpus_scraper.documents.tagger import is_known

_INSIDE = re.compile(r"(?<=[a-z,;] )[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
"""Capitalised words in the middle of a sentence."""

_SMALL = re.compile(r"\b[a-z][\w'’-]*")
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_QUOTES = '"“”'
_SENTENCE_BEGINS_AFTER = tuple('.!?:…"“(')
_LINKING = frozenset(
    """
    a about after an and as at but by for from in into is it of off on or out over the through to
    under up with
    """.split()
)
"""Words that a title writes small, and that say nothing about whether a label is one."""

_POSSESSIVE = re.compile(r"['’]s?$")


class Names:
    """What the prose of a story writes with a capital."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._capital: Counter[str] = Counter()
        self._small: Counter[str] = Counter()
        self._pairs: set[tuple[str, str]] = set()
        for text in texts:
            self._small.update(_SMALL.findall(text))
            for run in _INSIDE.findall(text):
                words = [_POSSESSIVE.sub("", word) for word in run.split()]
                self._capital.update(words)
                self._pairs.update(pairwise(words))

    def is_name(self, word: str) -> bool:
        """Return whether the prose has `word`, and with a capital more often than without."""
        return self._capital[word.capitalize()] > self._small[word.lower()]

    def _is_only_name(self, word: str) -> bool:
        return self._capital[word.capitalize()] > 1 and not self._small[word]

    def begin(self, sentence: str) -> bool:
        """Return whether `sentence` begins with a name."""
        first = _bare(re.split(r"[ ,]", sentence, maxsplit=1)[0])
        return len(first) > 1 and self.is_name(first)

    def is_word(self, word: str) -> bool:
        """Return whether the prose has `word` without a capital at least as often as with one."""
        return 0 < self._small[word.lower()] >= self._capital[word.capitalize()]

    def recase(self, label: str) -> str:
        """Return `label` with small letters except in names, in quotations and where it begins."""
        words = label.split(" ")
        if label.isupper() and len(words) > 1:
            words = [w.capitalize() if self.is_name(_bare(w)) else w.lower() for w in words]
            return " ".join([words[0].capitalize(), *words[1:]])
        is_title = _is_title(words)
        kept = {at for at in range(len(words)) if self._keeps_capital(words, at, is_title)}
        for run in _runs(words):
            if run[0] > 0 and _bare(words[run[0] - 1]).lower() in _LINKING and kept & set(run):
                kept.update(run)  # to Traffic Hub
        quoted = False
        for at, word in enumerate(words):
            was_quoted, quoted = quoted, quoted ^ (sum(map(word.count, _QUOTES)) % 2 == 1)
            begins = at == 0 or words[at - 1].endswith(_SENTENCE_BEGINS_AFTER)
            if was_quoted or quoted or begins:
                continue
            if at not in kept:
                words[at] = word.lower()
            elif word.islower() and self._is_only_name(_bare(word)):
                words[at] = word.capitalize()
        return " ".join(words)

    def _keeps_capital(self, words: list[str], at: int, is_title: bool) -> bool:
        bare = _bare(words[at])
        if not bare[:1].isupper() or (bare.isupper() and bare != "A"):
            return True
        before = _bare(words[at - 1])
        after = _bare(words[at + 1]) if at + 1 < len(words) else ""
        if self.is_name(bare) or {(before, bare), (bare, after)} & self._pairs:
            return True
        if bare.lower() in _LINKING:
            return False
        if after[:1].isupper() and (self.is_name(after) or not is_known(after)):
            return True  # Captain Wu, Isle Grenada
        return not (self.is_word(bare) or (is_title and is_known(bare)))


def _bare(word: str) -> str:
    found = _WORD.search(word)
    return _POSSESSIVE.sub("", found[0]) if found else ""


def _runs(words: list[str]) -> list[list[int]]:
    """Return where words with a capital stand side by side, without those that link them."""
    runs: list[list[int]] = [[]]
    for at, word in enumerate(words):
        bare = _bare(word)
        if bare[:1].isupper() and bare.lower() not in _LINKING:
            runs[-1].append(at)
        else:
            runs.append([])
    return [run for run in runs if run]


def _is_title(words: list[str]) -> bool:
    """Return whether a label is in Title Case: every later word that counts has a capital."""
    later = [bare for word in words[1:] if (bare := _bare(word)) and bare.lower() not in _LINKING]
    return bool(later) and all(bare[0].isupper() for bare in later)
