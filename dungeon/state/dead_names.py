"""Patterns for the names of the dead in a sentence."""

import re
from collections.abc import Iterator
from functools import lru_cache

from dungeon.state.mentions import pronouns_of
from dungeon.state.phrases import TITLE, any_of, head_noun, key
from dungeon.text.quotations import quoted_texts

WHO = "qqq"
"""Stands for the dead in a sentence: one pattern does for all, and to compile one takes 10 ms."""

ANYBODY = {"he": ("man",), "she": ("woman",), "it": (), "they": ()}
"""Nouns that may mean whoever a pronoun means: `"Halt," says the man`."""


def mark(name: str, sentence: str) -> str:
    """Return a sentence with `WHO` for whoever has this name, and not for what is theirs."""
    return _subject(name).sub(WHO, sentence)


@lru_cache(maxsize=256)
def _subject(name: str) -> re.Pattern[str]:
    if name[:1].isupper():
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, _forms(name)))})\b(?!['’-])")
    determiner, called = "(?:the|that|this)", ""
    if name.startswith("your "):  # `Mother` is yours
        determiner, called = "(?:the|that|this|your)", rf"|(?-i:\b{head_noun(name).capitalize()}\b)"
    phrase = re.escape(described(name))
    return re.compile(rf"(?:\b{determiner} {phrase}\b{called})(?!['’-])", re.IGNORECASE)


def described(name: str) -> str:
    """Return the noun of a name with its adjectives: `old guard` of `the old guard of the gate`."""
    return key(name).partition(" of ")[0]


@lru_cache(maxsize=256)
def _called(name: str) -> re.Pattern[str]:
    words = _forms(name) if name[:1].isupper() else (described(name), head_noun(name))
    either = "|".join(re.escape(word) for word in words)
    return re.compile(rf"(?:^|, (?:[a-z]+ )?)(?:{either})(?:[,.!?]|$)", re.IGNORECASE)


def is_called(name: str, action: str) -> bool:
    """Return whether the player speaks to whoever has this name: `"Guard, are you there?"`."""
    return any(map(_called(name).search, quoted_texts(action)))


@lru_cache(maxsize=256)
def may_mention(name: str) -> re.Pattern[str]:
    """Return a pattern for the beginning of a sentence that may be about somebody, up to the word
    that says so.
    """
    words = [head_noun(name), *(noun for each in pronouns_of(name) for noun in ANYBODY[each])]
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
