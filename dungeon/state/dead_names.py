"""Patterns for the names of the dead in a sentence."""

import re
from collections.abc import Iterator
from functools import lru_cache

from dungeon.state.mentions import pronouns_of
from dungeon.state.phrases import TITLE, any_of, head_noun, key

WHO = "qqq"
"""Stands for the dead in a sentence: one pattern does for all, and to compile one takes 10 ms."""


def mark(name: str, sentence: str) -> str:
    """Return a sentence with `WHO` for whoever has this name, and not for what is theirs."""
    return _subject(name).sub(WHO, sentence)


@lru_cache(maxsize=256)
def _subject(name: str) -> re.Pattern[str]:
    if name[:1].isupper():
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, _forms(name)))})\b(?!['’-])")
    *adjectives, noun = key(name).partition(" of ")[0].split()
    determiner = "(?:the|that|this|your)" if name.startswith("your ") else "(?:the|that|this)"
    words = "".join(rf"(?: {re.escape(word)})?" for word in adjectives)
    return re.compile(rf"\b{determiner}{words} {re.escape(noun)}\b(?!['’-])", re.IGNORECASE)


@lru_cache(maxsize=256)
def may_mention(name: str) -> re.Pattern[str]:
    """Return a pattern for the beginning of a sentence that may be about somebody, up to the word
    that says so.
    """
    words = [head_noun(name)]
    if name[:1].isupper():
        words = [word for form in _forms(name) for word in form.split()]
    pronouns = "|".join(pronouns_of(name))
    named = rf".*\b{any_of(*map(re.escape, words))}"
    return re.compile(rf"\W*(?:{pronouns})\b|{named}", re.IGNORECASE | re.DOTALL)


def _forms(name: str) -> Iterator[str]:
    """Yield the ways to name somebody: `Captain Hale` and `Hale`, `Mara Finch` and `Mara`."""
    yield name
    first, _, last = name.rpartition(" ")
    if first:
        yield last if re.fullmatch(TITLE, first) else first
