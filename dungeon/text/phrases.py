"""Recognise banned phrases in a text that is still being written.

A banned phrase is a cliché, or any passage of six words of the story so far. Both are sequences of
words, compared without regard to capitals, punctuation and the form of apostrophes, and only from
the beginning of a word to the end of one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

PASSAGE_WORDS = 6
"""A passage of the story of fewer words may come back: a name, a bell, an answer."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_OPEN_WORD = re.compile(r"[^\W_]['’]?\Z")
"""The end of a text that the next character may make a longer word."""


def normalise(text: str) -> str:
    """Return the words of `text` in the form in which they are compared."""
    return " ".join(_fold(word) for word in _WORD.findall(text))


def _fold(word: str) -> str:
    return word.casefold().replace("’", "'")


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in a text."""

    phrase_start: int | None
    """Where the first banned phrase begins, or None."""
    safe: int
    """Characters from the beginning that belong to no banned phrase, whatever follows."""
    phrase_end: int = 0
    """Where that phrase ends."""

    def without(self, length: int) -> "Scan":
        """Return what was found behind the first `length` characters."""
        start = self.phrase_start
        return Scan(
            None if start is None else max(start - length, 0),
            max(self.safe - length, 0),
            max(self.phrase_end - length, 0),
        )


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str


class BannedPhrases:
    """A set of banned phrases, searched in a logarithm of its size."""

    def __init__(self, phrases: Iterable[str] = (), passages: Iterable[str] = ()) -> None:
        """Take phrases as a person writes them, of which those without a word are left out, and
        passages in normal form.
        """
        self._passages = frozenset(passages)
        self._sorted = sorted({*filter(None, map(normalise, phrases)), *self._passages})
        self._lengths = sorted({phrase.count(" ") + 1 for phrase in self._sorted})

    def __bool__(self) -> bool:
        return bool(self._sorted)

    def __contains__(self, phrase: str) -> bool:
        """Return whether `phrase`, as a person writes it, is one of them."""
        return self._is_banned(normalise(phrase))

    def scan(self, text: str, *, before: str = "", is_whole: bool = False) -> Scan:
        """Search `text`, which follows the text `before`; with `is_whole` nothing follows it.

        A passage counts as soon as its last word is there, though that may become a longer one: to
        wait for the next word would cost time for each passage, and be right about few.
        """
        is_open = not is_whole and bool(_OPEN_WORD.search(text))
        words = list(_words_of(text, before))
        complete = len(words) - is_open if words else 0
        for first in range(complete):
            if length := self._phrase_length(words, first, complete):
                return _found(words[first : first + length])
        if is_open and " ".join(word.text for word in words[-PASSAGE_WORDS:]) in self._passages:
            return _found(words[-PASSAGE_WORDS:])
        if is_whole or not self._lengths:
            return Scan(None, len(text))
        for first in range(max(0, len(words) - self._lengths[-1]), len(words)):
            if self._may_become([word.text for word in words[first:]], is_open=is_open):
                return Scan(None, words[first].start)
        return Scan(None, len(text))

    def _phrase_length(self, words: Sequence[_Word], first: int, end: int) -> int:
        """Return how many words the shortest phrase has that begins with that word; 0 for none."""
        for length in self._lengths:
            phrase = words[first : min(first + length, end)]
            if len(phrase) == length and self._is_banned(" ".join(word.text for word in phrase)):
                return length
        return 0

    def _is_banned(self, words: str) -> bool:
        at = bisect_left(self._sorted, words)
        return at < len(self._sorted) and self._sorted[at] == words

    def _may_become(self, words: Sequence[str], *, is_open: bool) -> bool:
        """Return whether `words`, the last of which may be incomplete, may begin a phrase."""
        start = " ".join(words) + ("" if is_open else " ")
        at = bisect_left(self._sorted, start)
        return at < len(self._sorted) and self._sorted[at].startswith(start)


def _words_of(text: str, before: str) -> Iterator[_Word]:
    """Yield the words that begin in `text`, and not in the text `before`."""
    tail = before[-2:]  # a letter and an apostrophe may end it
    for word in _WORD.finditer(tail + text):
        if word.start() >= len(tail):
            yield _Word(word.start() - len(tail), word.end() - len(tail), _fold(word[0]))


def _found(phrase: Sequence[_Word]) -> Scan:
    return Scan(phrase[0].start, phrase[0].start, phrase[-1].end)


NOTHING_BANNED = BannedPhrases()


def ban(
    phrases: Iterable[str],
    story: Iterable[str],
    *,
    allowed: Iterable[str] = (),
    repeatable: Iterable[str] = (),
    always: Iterable[str] = (),
) -> BannedPhrases:
    """Return what is banned: `phrases`, and the passages of the texts of the `story`.

    What the texts `allowed` contain is not banned, for example the words of the player. The
    passages of the texts `repeatable` may be told again, but for the phrases in them. The phrases
    `always` are banned whatever is allowed.
    """
    exempt = [words for text in allowed if (words := normalise(text))]
    exempt_text = f" {' | '.join(exempt)} "
    kept = (words for phrase in phrases if f" {(words := normalise(phrase))} " not in exempt_text)
    told = set(chain.from_iterable(map(passages_of, story)))
    told.difference_update(*map(passages_of, chain(exempt, repeatable)))
    return BannedPhrases(chain(kept, always), told)


@lru_cache(maxsize=512)
def passages_of(text: str) -> frozenset[str]:
    """Return every passage of six words in `text`. Cached: the texts of turns stay as they are."""
    words = normalise(text).split()
    last = len(words) - PASSAGE_WORDS + 1
    return frozenset(" ".join(words[at : at + PASSAGE_WORDS]) for at in range(last))
