"""Score a finished reply: how repetitive it is, and whether to generate it again.

The word trigrams of a reply are compared with those of earlier replies and with each other. A short
line may come back: it is rejected only when it comes a third time in a row. Verdicts are ordered,
so the best of several flawed replies is taken and every turn gets one.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dungeon.prose.doubled_words import has_doubled_word
from dungeon.prose.filters import RejectReason
from dungeon.prose.reply import FinishedReply
from dungeon.prose.words import words_of
from dungeon.text.sentences import split_sentences

MAX_COPIED = 0.6
"""Share of a reply's trigrams that may occur in earlier replies."""

_MIN_WORDS = 8
"""A reply of fewer words is a refrain, or a fragment if a rejected sentence ended it."""

_MIN_TRIGRAMS = _MIN_WORDS - 2
"""Of fewer trigrams nothing is said to be copied."""

_COUNTED_TRIGRAMS = 10
"""The least number of which the copied ones are a share: a shorter reply, "A woman with a sword
stands on the stone.", may be made of phrases of the story."""

_MIN_LETTERS = 0.5
"""Share of letters in a text; with fewer it is digits and punctuation."""

_MAX_REPEATS = 3
"""A refrain, a sentence or a 5-gram that occurs this often is a loop."""

_MIN_DISTINCT = 0.6
"""Share of distinct trigrams in a reply."""

_QUESTION = re.compile(r"[^\"“”«»]+\?")
"""A question outside quotations; a reply of nothing else hands the story back to the player."""

NGram = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """The score of a reply; the smallest of several belongs to the best reply."""

    badness: float
    """Below 1 for an acceptable reply, 1 or more for one to generate again."""
    flaw: RejectReason | None = field(default=None, compare=False)
    """Why it should be generated again, or None."""


def score(
    reply: FinishedReply, *, earlier: Sequence[str] = (), given: Sequence[str] = ()
) -> Verdict:
    """Return the verdict on `reply` after the texts of the `earlier` replies, oldest first.

    A handful of earlier replies is enough; with more, common phrases count as copied. What is in
    the texts `given`, the player's action and what the reply has to begin with, is no copy.
    """
    if not reply.text:
        return Verdict(10, reply.cut or RejectReason.EMPTY)
    if _letter_share(reply.text) < _MIN_LETTERS:
        return Verdict(9, RejectReason.EMPTY)
    sentences = [sentence.text for sentence in split_sentences(reply.text)]
    if all(_QUESTION.fullmatch(sentence) for sentence in sentences):
        return Verdict(5, RejectReason.QUESTION)
    words = words_of(reply.text)
    # Without the player's own words, even a short rest answers: "You stop. The others stop, too."
    is_cut = reply.cut not in (None, RejectReason.ECHO)
    if is_cut and len(words) < _MIN_WORDS:
        return Verdict(3, reply.cut)
    repetition = _repetition(sentences, words)
    copied = _copied_share(words, [*map(words_of, earlier)], [*map(words_of, given)])
    if repetition or copied > MAX_COPIED:
        return Verdict(1 + repetition + copied, RejectReason.LOOP)
    if has_doubled_word(reply.text, tuple(given)):
        return Verdict(1, RejectReason.DOUBLED_WORD)
    return Verdict(copied)


def _letter_share(text: str) -> float:
    """Return the share of letters in `text`, white space not counted."""
    written = "".join(text.split())
    return sum(map(str.isalpha, written)) / len(written)


def _ngrams(words: Sequence[str], length: int) -> list[NGram]:
    """Return every n-gram of `length` words, overlapping ones too."""
    return [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]


def _copied_share(words: list[str], earlier: list[list[str]], given: Sequence[list[str]]) -> float:
    """Return the share of trigrams of `words` that occur in earlier replies, from 0 to 1; those of
    what was `given` are not counted.
    """
    before = earlier[-(_MAX_REPEATS - 1) :]
    if len(before) == _MAX_REPEATS - 1 and all(words == other for other in before):
        return 1.0
    free = {ngram for other in given for ngram in _ngrams(other, 3)}
    trigrams = [ngram for ngram in _ngrams(words, 3) if ngram not in free]
    if len(trigrams) < _MIN_TRIGRAMS:
        return 0.0
    known = {ngram for other in earlier for ngram in _ngrams(other, 3)}
    return sum(ngram in known for ngram in trigrams) / max(len(trigrams), _COUNTED_TRIGRAMS)


def _repetition(sentences: list[str], words: list[str]) -> float:
    """Return how much the reply repeats itself, from 0 to 1; 0 if it does not loop."""
    trigrams = _ngrams(words, 3)
    distinct = len(set(trigrams)) / len(trigrams) if trigrams else 1.0
    repeated = Counter(tuple(said) for said in map(words_of, sentences) if len(said) > 2)
    loops = (
        _max_count(repeated) >= _MAX_REPEATS
        or _max_count(Counter(_ngrams(words, 5))) >= _MAX_REPEATS
        or (len(words) >= 12 and distinct < _MIN_DISTINCT)
    )
    return max(1 - distinct, 0.1) if loops else 0.0


def _max_count(counts: Counter[NGram]) -> int:
    return max(counts.values(), default=0)
