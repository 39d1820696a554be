"""What both front ends show of the words of a reply and of others in their places."""

import re
from collections.abc import Iterator, Sequence

from dungeon.generator.scored_words import ScoredReply, ScoredWord
from dungeon.generator.token_scores import Alternative

SHOWN = 5
"""Alternatives of one word in a list of all."""

_ALWAYS_LISTED, _LISTED_FROM = 10, 0.01
"""Of one word alone, how many alternatives are listed however improbable, and which others."""

_BEGINNING = re.compile(r"(?!(?:[hm]+m|sh+|p+st+|mrs?|dr|st|tv)$)[bcdfghjklmnpqrstvwxz]+", re.I)
"""Letters without a vowel: `Th`, `str`; no word, but what one begins with."""


def percentage(probability: float) -> str:
    """Return a probability for reading."""
    return f"{probability:.0%}" if probability >= 0.01 else "< 1%"


def visible_text(text: str) -> str:
    """Return a word on one line: a line break is shown as a sign."""
    return text.strip() or "¶"


def listed_alternatives(word: ScoredWord) -> Sequence[Alternative]:
    """Return the alternatives that are worth a look: the rest is mostly pieces of words."""
    return [
        other
        for rank, other in enumerate(word.alternatives)
        if rank < _ALWAYS_LISTED or other.probability >= _LISTED_FROM
    ]


def alternative_text(text: str) -> str:
    """Return an alternative on one line, with … behind what is only the beginning of a word."""
    shown = visible_text(text)
    return f"{shown}…" if _BEGINNING.fullmatch(shown) else shown


def alternative_lines(reply: ScoredReply) -> Iterator[str]:
    """Yield a line for each word: its number, the word, and the likeliest other ones."""
    width = min(max((len(visible_text(word.text)) for word in reply.words), default=0), 20)
    for number, word in enumerate(reply.words, 1):
        shown = f"{visible_text(word.text):<{width}} {percentage(word.probability):>4}"
        yield f"{number:>4}  {shown}   {_others(word)}".rstrip()


def _others(word: ScoredWord) -> str:
    return ", ".join(
        f"{alternative_text(each.text)} {percentage(each.probability)}"
        for each in word.alternatives[:SHOWN]
    )
