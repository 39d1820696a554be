"""Compute metrics of a model's replies in play: perspective, endings, loops, responsiveness.

Each metric is a function of the text alone; its docstring defines it and names its limits. Together
they tell whether a model keeps to the form of a text adventure; none tells whether a story is good.
Most are the mean of a score of each reply, those of diversity are computed over all replies.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import update_wrapper

import numpy as np

from dungeon.perspective import pronoun_shares
from dungeon.text.sentences import split_sentences
from training.evaluation.intervals import (
    Difference,
    Floats,
    Interval,
    jackknife_interval,
    share_difference,
    wilson,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote after a prompt, up to the player's next line."""

    text: str
    ended: bool
    """Whether the model ended it, by the end-of-text token or the player's next line; otherwise it
    was cut off at the maximum length."""
    action: str
    """The player's action that it replies to."""
    other_actions: tuple[str, ...] = ()
    """Actions that it does not reply to."""


class ShareMetric:
    """The mean score of the replies, from 0 to 1. Decorates the function that scores a reply."""

    def __init__(self, score: Callable[[Reply], float | None]) -> None:
        """`score` returns None for a reply that does not count."""
        self._score = score
        self.name = score.__name__
        update_wrapper(self, score)

    def __call__(self, replies: Sequence[Reply]) -> float | None:
        """Return the metric; None where no reply counts."""
        scores = self._counted(replies)
        return sum(scores) / len(scores) if scores else None

    def interval(self, replies: Sequence[Reply]) -> Interval | None:
        """Return Wilson's interval; the replies are taken as independent."""
        scores = self._counted(replies)
        return wilson(sum(scores) / max(len(scores), 1), len(scores))

    def difference(self, ours: Sequence[Reply], theirs: Sequence[Reply]) -> Difference | None:
        """Return the difference between two models' replies to the same prompts.

        None where no reply of one of them counts.
        """
        if not self._counted(ours) or not self._counted(theirs):
            return None
        return share_difference(self._scores(ours), self._scores(theirs))

    def _counted(self, replies: Sequence[Reply]) -> list[float]:
        return [score for score in self._scores(replies) if score is not None]

    def _scores(self, replies: Sequence[Reply]) -> list[float | None]:
        return [self._score(reply) for reply in replies]


class DistinctMetric:
    """The share of distinct n-grams among all n-grams of all replies."""

    def __init__(self, length: int, doc: str) -> None:
        """`length` is the number of words of an n-gram."""
        self._length = length
        self.name = f"distinct_{length}"
        self.__doc__ = doc

    def __call__(self, replies: Sequence[Reply]) -> float | None:
        """Return the metric; None without n-grams."""
        ngrams = [ngram for each in self._ngrams(replies) for ngram in each]
        return len(set(ngrams)) / len(ngrams) if ngrams else None

    def interval(self, replies: Sequence[Reply]) -> Interval | None:
        """Return the jackknife interval, of shares as the metric is one."""
        value = self(replies)
        if value is None:
            return None
        found = jackknife_interval(value, self._left_out(replies))
        return found and found.within(0.0, 1.0)

    def difference(self, ours: Sequence[Reply], theirs: Sequence[Reply]) -> Difference | None:
        """Return the difference between two models' replies to the same prompts.

        None where one of them has no n-grams. It lies, as its interval does, between -1 and 1.
        """
        one, other = self(ours), self(theirs)
        if one is None or other is None:
            return None
        found = jackknife_interval(one - other, self._left_out(ours) - self._left_out(theirs))
        return Difference(one - other, found and found.within(-1.0, 1.0))

    def _left_out(self, replies: Sequence[Reply]) -> Floats:
        """Return the metric without each of the replies, float64 (replies,)."""
        counts = [Counter(ngrams) for ngrams in self._ngrams(replies)]
        total: Counter[tuple[str, ...]] = Counter()
        for each in counts:
            total.update(each)
        everything = total.total()
        values = [
            (len(total) - sum(total[ngram] == here for ngram, here in each.items()))
            / max(everything - each.total(), 1)
            for each in counts
        ]
        return np.array(values, np.float64)

    def _ngrams(self, replies: Sequence[Reply]) -> list[list[tuple[str, ...]]]:
        return [_ngrams(_words(reply.text), self._length) for reply in replies]


Metric = ShareMetric | DistinctMetric


# Perspective --------------------------------------------------------------------------------------


@ShareMetric
def second_person(reply: Reply) -> bool | None:
    """The share of replies in second person, of those that mention `you` or `I`.

    Quotations do not count; a reply with more `you` than `I` is in second person. Limits: a reply
    in which only others act is not counted at all (see `no_protagonist`), and a protagonist called
    `he` or by name is not recognised.
    """
    i, you = _pronouns(reply)
    return you > i if i or you else None


@ShareMetric
def first_person(reply: Reply) -> bool:
    """The share of all replies with more `I` than `you`.

    Quotations do not count. Limits: a letter or a song without quotation marks counts, too.
    """
    i, you = _pronouns(reply)
    return i > you


@ShareMetric
def no_protagonist(reply: Reply) -> bool:
    """The share of all replies that mention neither `you` nor `I` outside quotations.

    Limits: now and then this is right, where a reply describes a room or what somebody else does.
    As a habit it means that the protagonist has become a `he`.
    """
    return not any(_pronouns(reply))


def _pronouns(reply: Reply) -> tuple[float, float]:
    """Return the shares of `I` and of `you` among the words."""
    shares = pronoun_shares(reply.text)
    return shares.first, shares.second


# Endings ------------------------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]*]*$")


@ShareMetric
def ended(reply: Reply) -> bool:
    """The share of replies that the model ended itself, at the end of a sentence.

    It tells whether the model knows how long a turn is. Limits: the game cuts longer replies at a
    sentence, so this costs time, not text. A full stop after an abbreviation counts as an end.
    """
    return reply.ended and bool(_SENTENCE_END.search(reply.text.rstrip()))


@ShareMetric
def empty(reply: Reply) -> bool:
    """The share of replies without a word."""
    return not _words(reply.text)


# Repetition ---------------------------------------------------------------------------------------

_LOOP_COUNT = 3
_LOOP_WORDS = 5
_MIN_DISTINCT = 0.6
_MIN_WORDS = 20


distinct_2 = DistinctMetric(
    2,
    """The share of distinct bigrams among all bigrams of all replies.

    Li et al. 2016 (arXiv 1510.03055). Limits: it falls with length, so compare only models that
    replied to the same prompts at about the same length.
    """,
)
distinct_3 = DistinctMetric(3, "As `distinct_2`, for trigrams. Limits: those of `distinct_2`.")


@ShareMetric
def loops(reply: Reply) -> bool:
    """The share of replies that repeat themselves.

    A sentence or five words in a row occur three times, or the reply has twenty words or more and
    less than 60 % of its trigrams are distinct. Limits: an intended refrain or litany counts; a
    loop over several turns is not recognised.
    """
    return _is_loop(reply.text)


def _is_loop(text: str) -> bool:
    words = _words(text)
    sentences = Counter(filter(None, (" ".join(_words(s)) for s in _sentences(text))))
    runs = Counter(_ngrams(words, _LOOP_WORDS))
    if max([*sentences.values(), *runs.values()], default=0) >= _LOOP_COUNT:
        return True
    trigrams = _ngrams(words, 3)
    return len(words) >= _MIN_WORDS and len(set(trigrams)) < _MIN_DISTINCT * len(trigrams)


def _ngrams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]


# Responsiveness -----------------------------------------------------------------------------------

_RESPONSE_SENTENCES = 2
"""Sentences at the start of a reply in which it has to respond to the action."""
_MIN_LETTERS = 3
_STEM_LETTERS = 4
_STOP_WORDS = frozenset(
    "about again all along and another any are ask back behind but down for from have her him his "
    "how into its more next not off out over say see she something than that the their them then "
    "there they this through under until was what when where which while who whose why with you "
    "your yours yourself other others".split()
)


@ShareMetric
def responsiveness(reply: Reply) -> bool | None:
    """The share of replies that respond to the action in their first two sentences.

    A reply responds where it repeats a content word of the action, recognised by its first four
    letters (`knock`, `knocking`); actions without one are left out. Limits: it compares words, not
    meaning. `The hinges scream` responds to `You open the door` and is not recognised; a door that
    the opening mentioned may recur by itself. Compare with `responsiveness_by_chance`, which counts
    exactly that.
    """
    return _responds(reply.text, reply.action)


@ShareMetric
def responsiveness_by_chance(reply: Reply) -> float | None:
    """How often a reply responds, by the same rule, to an action that was not taken.

    Over the other actions of the same opening: the responsiveness of a model that has not read the
    action. Limits: those of `responsiveness`.
    """
    responds = (_responds(reply.text, action) for action in reply.other_actions)
    counted = [each for each in responds if each is not None]
    return sum(counted) / len(counted) if counted else None


def _responds(text: str, action: str) -> bool | None:
    """Return whether `text` responds to `action`; None where the action has no content word."""
    wanted = _stems(action)
    if not wanted:
        return None
    return bool(wanted & _stems(" ".join(_sentences(text)[:_RESPONSE_SENTENCES])))


def _stems(text: str) -> set[str]:
    words = (w for w in _words(text) if len(w) >= _MIN_LETTERS and w not in _STOP_WORDS)
    return {word[:_STEM_LETTERS] for word in words}


# Speaking for the player --------------------------------------------------------------------------

_SPEAK = (
    r"(?:say|ask|reply|answer|shout|whisper|mutter|yell|exclaim|respond|murmur|scream|stammer|tell|"
    r"call|cry|declare|announce|demand|add|continue|insist|agree|admit|suggest|beg|plead)"
)
_YOU_SPEAK = re.compile(
    rf"\byou\s+(?:\w+ly\s+)?{_SPEAK}\b[^.!?\"“”]{{0,50}}[\"“](?P<after>[^\"”]+)"
    rf"|[\"“](?P<before>[^\"“”]+)[\"”],?\s+you\s+(?:\w+ly\s+)?{_SPEAK}\b",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^\W{0,3}(?:you|player|user|human)\W{0,2}:", re.IGNORECASE | re.MULTILINE)


@ShareMetric
def speaks_for_player(reply: Reply) -> bool:
    """The share of replies that speak for the player.

    `you` say quoted words that the action did not say, or a line begins `You: …`. Limits: speech
    without quotation marks, thoughts and actions are not recognised.
    """
    if _LABEL.search(reply.text):
        return True
    said = " ".join(_words(reply.action))
    quoted = (found["after"] or found["before"] for found in _YOU_SPEAK.finditer(reply.text))
    return any(" ".join(_words(words)) not in said for words in quoted)


# Speaking as an assistant -------------------------------------------------------------------------

_ASSISTANT = re.compile(
    r"""(?:^|(?<=[.!?]\s)|(?<=\n))\W{0,3}(?:
    as\san\s(?:ai|artificial)\b
    | i(?:['’]m|\sam)\s(?:just\s)?an?\s(?:ai|language\smodel|assistant)\b
    | i(?:['’]m|\sam)\ssorry,?\s(?:but\s)?(?:as\s|i\s(?:can['’]t|cannot|don['’]t|am\snot))
    | i\s?(?:can['’]t|cannot|['’]m\sunable\sto|\sam\sunable\sto)\s
        (?:assist|help\syou\swith|continue\s(?:this|the|with)|write|fulfil|provide|create|generate)
    | (?:sure|certainly|of\scourse|absolutely)[!,.]?\s(?:here\b|i\scan\b|i['’]d\s|i['’]ll\s)
    | here(?:['’]s|\sis|\sare)\s(?:a|an|the|your|my|one|some)\s(?:\w+\s){0,2}
        (?:story|continuation|version|example|list|summary|response|scene|text|rewrite|outline)\b
    | let\sme\sknow\b | i\shope\s(?:this|that)\shelps? | feel\sfree\sto\b
    | please\s(?:provide|let\sme\sknow|note\sthat)\b | would\syou\slike\sme\sto\b
    | is\sthere\sanything\selse\b | how\s(?:can|may)\si\s(?:help|assist)\b
    | in\sthis\s(?:story|scenario|version|exercise|response|text)\b
    | (?:note|assistant|response|answer|prompt|instructions?|summary)\s?:
    | the\s(?:story|prompt|user|text)\s(?:is|should|asks|wants|continues|ends|begins|concludes)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_LIST_OR_HEADING = re.compile(r"^\s*(?:\#{1,6}\s|\d{1,2}[.)]\s|[-*•]\s+\*\*|```)", re.MULTILINE)


@ShareMetric
def assistant(reply: Reply) -> bool:
    """The share of replies in the voice of an assistant: about the task, the text or
    itself, with offers of help, or with lists and headings.

    Limits: a fixed list of how such sentences begin. A narrator who lectures in other words is not
    recognised; a character who says `Sure, I'll come` at the start of a line without quotation
    marks is.
    """
    return bool(_ASSISTANT.search(reply.text) or _LIST_OR_HEADING.search(reply.text))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        second_person,
        first_person,
        no_protagonist,
        ended,
        empty,
        distinct_2,
        distinct_3,
        loops,
        responsiveness,
        responsiveness_by_chance,
        speaks_for_player,
        assistant,
    )
}
"""Every metric by name, in the order of the table."""


_WORD = re.compile(r"\w+(?:['’]\w+)*")


def _words(text: str) -> list[str]:
    return [word.casefold().replace("’", "'") for word in _WORD.findall(text)]


def _sentences(text: str) -> list[str]:
    return [sentence.text for sentence in split_sentences(text)]
