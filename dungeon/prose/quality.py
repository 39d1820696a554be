"""Score a finished reply: how repetitive it is, and whether to generate it again.

The word trigrams of a reply are compared with those of earlier replies and with each other. A short
line may come back: it is rejected only when it comes a third time in a row. Verdicts are ordered,
so the best of several flawed replies is taken and every turn gets one.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dungeon.prose.filters import RejectReason
from dungeon.prose.reply import FinishedReply
from dungeon.sentences import split_sentences

MOST_COPIED = 0.6
"""Share of a reply's runs of three words that may stand in the replies before it."""

_REFRAIN = 8
"""A reply of fewer words is a refrain, or a stump where a flaw has ended it."""

_FEWEST_LETTERS = 0.5
"""Share of letters in a text; with fewer it is figures and marks."""

_OFTEN = 3
"""A refrain, a sentence or a run of five words that comes so often is a loop."""

_FEWEST_DISTINCT = 0.6
"""Share of a reply's runs of three words that must differ from each other."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")

_ASKED = re.compile(r"[^\"“”«»]+\?")
"""A question that nobody in the story asks; a reply of nothing else hands the story back."""

NGram = tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Verdict:
    """The score of a reply; the smallest of several belongs to the best reply."""

    badness: float
    """Below 1 for an acceptable reply, 1 and above for one to generate again."""
    flaw: RejectReason | None = field(default=None, compare=False)
    """Why it should be generated again, or None."""


def score(reply: FinishedReply, *, earlier: Sequence[str] = ()) -> Verdict:
    """Return the verdict on `reply` after the texts of the `earlier` replies, oldest first.

    A handful of earlier replies is enough; with more, common phrases count as copied.
    """
    if not reply.text:
        return Verdict(10, reply.cut or RejectReason.EMPTY)
    if _letters(reply.text) < _FEWEST_LETTERS:
        return Verdict(9, RejectReason.EMPTY)
    sentences = [sentence.text for sentence in split_sentences(reply.text)]
    if all(_ASKED.fullmatch(sentence) for sentence in sentences):
        return Verdict(5, RejectReason.QUESTION)
    words = _words(reply.text)
    if reply.cut and len(words) < _REFRAIN:
        return Verdict(3, reply.cut)
    within = _repeats_itself(sentences, words)
    copied = _repeats_others(words, [_words(text) for text in earlier])
    if within or copied > MOST_COPIED:
        return Verdict(1 + within + copied, RejectReason.LOOP)
    return Verdict(copied)


def _letters(text: str) -> float:
    """Return the share of letters in what `text` has beside white space."""
    written = "".join(text.split())
    return sum(map(str.isalpha, written)) / len(written)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str], length: int) -> list[NGram]:
    """Return every run of `length` words, overlapping ones too."""
    return [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]


def _repeats_others(words: list[str], earlier: list[list[str]]) -> float:
    """Return the share of `words` found in the earlier replies, from 0 to 1."""
    if len(words) < _REFRAIN:
        before = earlier[-(_OFTEN - 1) :]
        return float(len(before) == _OFTEN - 1 and all(words == other for other in before))
    known = {run for other in earlier for run in _runs(other, 3)}
    runs = _runs(words, 3)
    return sum(run in known for run in runs) / len(runs)


def _repeats_itself(sentences: list[str], words: list[str]) -> float:
    """Return how much of the reply goes round in circles, from 0 to 1; 0 where it does not."""
    runs = _runs(words, 3)
    distinct = len(set(runs)) / len(runs) if runs else 1.0
    repeated = Counter(tuple(said) for said in map(_words, sentences) if len(said) > 2)
    in_circles = (
        _most(repeated) >= _OFTEN
        or _most(Counter(_runs(words, 5))) >= _OFTEN
        or (len(words) >= 12 and distinct < _FEWEST_DISTINCT)
    )
    return max(1 - distinct, 0.1) if in_circles else 0.0


def _most(counts: Counter[NGram]) -> int:
    return max(counts.values(), default=0)
