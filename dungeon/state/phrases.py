"""Patterns of noun phrases and names, and what makes two of them mean the same."""

import re
from collections.abc import Iterator
from functools import cached_property, lru_cache

from dungeon.state.clauses import Clause

_LOWER = (
    "the|a|an|your|his|her|its|their|some|another|both|two|three|four|five|six|seven|eight|nine|ten|"
    "twelve|several|enough|more|this|that|these|those"
)
_DETERMINERS = f"{_LOWER}|{'|'.join(map(str.capitalize, _LOWER.split('|')))}"
STOP_WORDS = (
    "the|a|an|your|his|her|its|their|my|our|and|or|but|from|in|into|inside|onto|on|off|out|with|to|at|"
    "by|before|after|then|that|which|who|whose|while|as|again|away|up|back|down|over|under|for|of|"
    "between|through|across|along|behind|beside|near|past|around|round|about|against|toward|towards|"
    "upon|until|since|now|too|instead|anyway|first|there|here|together|outside|home|apart|aside|"
    "is|are|was|were|has|have|had|be|been|you|he|she|it|they|him|them|so|just|only|also|where|when|"
    "because|without|within|beneath|above|below|than|all|one|ones|itself|himself|herself|yourself|"
    "themselves|alone|forward|open|shut|free|still|gently|very|far"
)
_WORD = rf"(?!(?:{STOP_WORDS})\b)[a-z]+(?:[-'’][a-z]+)*"
_OF = rf"(?: of (?:(?:{_DETERMINERS}) )?{_WORD}(?: {_WORD})?)?"
TITLE = (
    r"(?:Mr\.?|Mrs\.?|Miss|Dr\.?|Doctor|Sir|Lady|Lord|King|Queen|Prince|Princess|Count|Countess|Captain|"
    r"Major|Colonel|General|Sergeant|Sheriff|Father|Mother|Brother|Sister|Aunt|Uncle|Old|Saint|St\.?)"
)
"""What stands before a name."""

_NO_NAME = "You|Your|He|She|It|They|The|A|An|I|We|This|That|Then"
NAME = rf"(?:{TITLE} )?(?!(?:{_NO_NAME})\b)[A-Z][a-z]+(?: [A-Z][a-z]+)?"
"""A person's name."""

PHRASE = rf"(?:(?:{_DETERMINERS}) )(?:{_WORD} ){{0,3}}?{_WORD}{_OF}"
"""A noun phrase with a determiner."""

TITLED = r"(?:the |The )?(?:[A-Z][\w'’]+)(?: (?:of |the |and )*[A-Z][\w'’]+){0,3}"
"""A proper name of any kind."""

BOUNDARY = (
    r"(?=[.,;:!—–)]|$|\s(?:and|from|in|into|on|onto|off|out|with|to|at|by|then|that|which|who|while|"
    r"as|again|away|up|back|down|over|under|for|through|across|along|behind|between|where|now|inside|"
    r"before|after|around|round|toward|towards|together|too|first|alone|under|above|beside|near)\b)"
)
"""What a noun phrase must be followed by, so that it is known to be whole."""

END = r"(?=\s*(?:[.,;:!—–]|$|\sand\b|\snow\b))"
"""The end of a clause."""


_ANY_WORDS = r"[a-zA-Z.'’ -]+?"
_LOOSER = {PHRASE: _ANY_WORDS, NAME: _ANY_WORDS, BOUNDARY: "", END: ""}
"""What takes long to compile, and what matches at least the same in less time."""


class Pattern:
    """A pattern for the beginning of a clause.

    Compiling all of them takes a quarter of a second, nearly all of it for noun phrases. So each
    clause is tried with any words in their place first, and few patterns are ever compiled whole.
    """

    def __init__(self, pattern: str, *, you: bool = False) -> None:
        """With `you` the player is its subject, which may be missing where the sentence goes on
        with it.
        """
        self._source = f"(?:[Yy]ou )?{pattern}" if you else pattern
        self._is_yours = you

    @cached_property
    def _loose(self) -> re.Pattern[str]:
        source = self._source
        for costly, loose in _LOOSER.items():
            source = source.replace(costly, loose)
        return re.compile(source)

    @cached_property
    def _exact(self) -> re.Pattern[str]:
        return re.compile(self._source)

    def match(self, clause: Clause) -> re.Match[str] | None:
        """Return the match at the beginning of a clause, unless its subject is unknown."""
        has_subject = clause.continues_you or clause.text.startswith(("You ", "you "))
        if self._is_yours and not has_subject:
            return None
        return self._loose.match(clause.text) and self._exact.match(clause.text)


class SentencePattern:
    """A pattern for words anywhere in a sentence, compiled at its first use as well."""

    def __init__(self, pattern: str) -> None:
        self._source = pattern

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._source, re.IGNORECASE)

    def is_in(self, sentence: str) -> bool:
        """Return whether a sentence says it."""
        return self._pattern.search(sentence) is not None

    def begins(self, sentence: str) -> bool:
        """Return whether a sentence begins with it."""
        return self._pattern.match(sentence) is not None


def any_of(*lists: str) -> str:
    """Return a pattern for any of the words in lists with commas."""
    words = [word for each in lists for word in each.split(", ")]
    return f"(?:{'|'.join(words)})"


_PARTS = frozenset(
    "bit bite corner crumb drop drops end half handful mouthful part piece pinch quarter rest "
    "share sip slice spoonful strip third".split()
)
_MEASURES = _PARTS | frozenset(
    "bag ball bar basket bottle bowl box bucket bundle can coil cup flask glass jar jug loaf lump "
    "mug pack packet pair pot pouch purse roll sack sheet stick string tin tub vial".split()
)
_MORE = tuple(
    f"{word} "
    for word in (
        "another", "the other", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        "ten", "twelve", "several", "some",
    )
)  # fmt: skip
_DETERMINER = re.compile(rf"(?:{_DETERMINERS})\s+", re.IGNORECASE)
_PART = re.compile(r",? and |, ")
_OF_PART = re.compile(r" of .*$")


@lru_cache(maxsize=1024)
def key(name: str) -> str:
    """Return what is left of a name without its determiner and its capitals."""
    return _DETERMINER.sub("", " ".join(name.split()), count=1).casefold() or name.casefold()


def head_noun(phrase: str) -> str:
    """Return the noun of a phrase: `cup` of `the silver cup of wine`."""
    return _OF_PART.sub("", key(phrase)).rpartition(" ")[2]


def measured(phrase: str) -> str:
    """Return what a phrase measures: `chalk` of `a lump of chalk`; empty where it does not."""
    head, _, of = key(phrase).partition(" of ")
    return of.rpartition(" ")[2] if head.rpartition(" ")[2] in _MEASURES else ""


@lru_cache(maxsize=4096)
def means_same(name: str, other: str) -> bool:
    """Return whether one of the names is the other with fewer words: `lamp` and `a brass lamp`,
    `the lump` and `a lump of chalk`, and, of a measure, `the chalk`.
    """
    return _is_short_for(key(name), key(other)) or _is_short_for(key(other), key(name))


_ALIKE = tuple(
    frozenset(kind.split())
    for kind in (
        "gold golden silver iron copper brass bronze steel tin wooden stone glass leather wax "
        "paper bone ivory crystal pewter clay",
        "red blue green black white grey yellow brown",
        "small little tiny big large huge long short",
        "first second third last other",
        "old new rusty",
    )
)
"""Words of which a thing has one of each kind: a gold key is no iron key."""


def may_be_same(name: str, other: str) -> bool:
    """Return whether two names of things with the same noun may mean one thing: `a small cup` and
    `the silver cup`, but not `the gold cup`, nor what belongs to somebody or is of something.
    """
    one, two = key(name), key(other)
    if "'" in one + two or "’" in one + two or " of " in f"{one} {two}":
        return False
    words, others = set(one.split()), set(two.split())
    return all(
        words & kind == others & kind or not (words & kind and others & kind) for kind in _ALIKE
    )


def _is_short_for(short: str, long: str) -> bool:
    head, _, of = long.partition(" of ")
    short_head, _, short_of = short.partition(" of ")
    if of == short_of:
        return _ends(head, short_head)
    if not of or short_of:
        return False
    return _ends(head, short) or (head.rpartition(" ")[2] in _MEASURES and _ends(of, short))


def _ends(long: str, short: str) -> bool:
    return long == short or long.endswith(f" {short}")


def is_partial(phrase: str) -> bool:
    """Return whether a phrase is only some of a thing: `some bread`, `half the loaf`."""
    first, _, rest = phrase.lower().partition(" ")
    head, _, of = key(phrase).partition(" of ")
    return first in ("some", "half", "more", "enough") or (bool(of and rest) and head in _PARTS)


def is_another(name: str) -> bool:
    """Return whether a name is about one more of a kind: `another lamp`, `two lamps`."""
    return name.lower().startswith(_MORE)


def names(action: str, name: str) -> bool:
    """Return whether an action mentions the noun of `name`."""
    return re.search(rf"\b{re.escape(head_noun(name))}\b", action, re.IGNORECASE) is not None


def lowered(phrase: str) -> str:
    """Return a noun phrase as it stands inside a sentence: `the mill` of `The mill`."""
    determiner = _DETERMINER.match(phrase)
    return phrase[:1].lower() + phrase[1:] if determiner else phrase


def split_list(phrases: str) -> Iterator[str]:
    """Yield the parts of a list: `a rope, a lamp and some bread`."""
    return (part.strip() for part in _PART.split(phrases) if part.strip())
