"""Tell whether a name can mean nobody but one person in a story.

`The guard` is one of many where the story has guards, another guard, or a young and an old one;
`the man` may be whoever else is there.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from dungeon.state.beings import PEOPLE, is_plural
from dungeon.state.dead_names import described
from dungeon.state.mentions import mentions
from dungeon.state.phrases import TITLE, head_noun, means_same
from dungeon.state.portable import PORTABLE
from dungeon.state.words import BODY, MATERIALS, NOT_ALIVE, PLACES

_GENERIC = frozenset(
    """
    animal beast boy child companion creature customer enemy fellow figure foe friend gentleman
    girl guest human lad lady man monster neighbour passenger patient person prisoner stranger
    thing traveller visitor victim woman
    """.split()
)
"""Nouns that may mean somebody who has another one."""

_UNDYING = frozenset(
    """
    android angel banshee demon devil drone elemental genie ghost ghoul god goddess golem jinn lich
    machine mummy phantom phoenix revenant robot shade skeleton spectre spirit statue undead vampire
    wraith zombie
    """.split()
)
"""Nouns of those who may act when they are dead."""

_VEHICLES = "bike boat bus car carriage cart lorry plane rocket ship train tram truck van wagon"
_THINGS = NOT_ALIVE | PORTABLE | MATERIALS | PLACES | BODY | frozenset(_VEHICLES.split())

_DETERMINERS = "the|this|that|your"
_MORE = (
    "another|other|others|second|third|fourth|next|last|new|first|one|two|three|four|five|six|"
    "seven|eight|nine|ten|both|every|each|any|no|more|some|several|many|few|which|different|nearest"
)
_COUNTED = frozenset(_MORE.split("|"))
"""What is no noun: `the next is dead`."""

_BETWEEN = r"(?: (?!(?:the|your|his|her|its|their|and|or|of|to|is)\b)[\w'’-]+){0,2}"
"""Adjectives."""

_PASSING = frozenset("dead poor same fallen wounded unconscious sleeping still late".split())
"""Adjectives that do not tell people apart."""


def unmistakable_names(name: str, before: str, after: str) -> tuple[str, ...]:
    """Return the names that mean only the one who is dead: `the old guard`, and `the guard` where
    there is no other; `before` is the story up to the death, `after` the story since then.
    """
    names = dict.fromkeys((name, without_adjectives(name)))
    known = f"{before}\n{name}."  # so that a young guard is another one
    return tuple(each for each in names if is_unmistakable(each, known, after))


def is_unmistakable(name: str, before: str, after: str) -> bool:
    """Return whether a name, as it is, means only the one who is dead."""
    if name[:1].isupper():
        return _is_only_name(name, f"{before}\n{after}")
    noun = head_noun(name)
    if not re.match(rf"(?:{_DETERMINERS}) ", name) or not _is_mortal(noun):
        return False
    adjectives = set(described(name).split()[:-1]) - _PASSING
    if adjectives:
        return not adjectives & _COUNTED and _is_only_one(described(name), before, after)
    story = f"{before}\n{after}"
    is_known = noun not in _GENERIC or not any(others_in(story, [name]))
    return is_known and _is_only_one(noun, before, after) and not _differ(_adjectives(noun, story))


def without_adjectives(name: str) -> str:
    """Return `the guard` for `the old guard`, and somebody's own name as it is."""
    return name if name[:1].isupper() else f"{name.partition(' ')[0]} {head_noun(name)}"


def _is_only_one(phrase: str, before: str, after: str) -> bool:
    """Return whether a story brings in one `old guard`, or `guard`, and none behind the death."""
    is_one = len(_introduced(phrase, before)) <= 1 and not _introduced(phrase, after)
    return is_one and not _tells_more(phrase, f"{before}\n{after}")


def _is_mortal(noun: str) -> bool:
    """Return whether a noun is about one being that acts no more when it is dead."""
    is_thing = noun in _COUNTED or (noun in _THINGS and noun not in PEOPLE)
    return not is_thing and noun not in _UNDYING and not is_plural(noun)


def tells_another(phrase: str, text: str) -> bool:
    """Return whether a text brings in one more of a kind: `a guard`, `another guard`, `guards`."""
    return bool(_introduced(phrase, text)) or _tells_more(phrase, text)


def others_in(story: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the names of the people and animals in a story who have none of these `names`."""
    for each in mentions(story):
        if not any(means_same(each.name, name) for name in names):
            yield each.name


def _is_only_name(name: str, story: str) -> bool:
    """Return whether a name is somebody's, and nobody else has it with another title."""
    *first, last = name.split()
    words = [word for word in (*first, last) if not re.fullmatch(TITLE, word)]
    if any(re.search(rf"(?<![\w-]){re.escape(word.lower())}(?![\w-])", story) for word in words):
        return False
    if not words or head_noun(name) in _UNDYING:
        return False
    titles = set(re.findall(rf"\b({TITLE}) {re.escape(last)}\b", story))
    return len(titles) <= 1


def _introduced(noun: str, text: str) -> list[str]:
    return _patterns(noun)[0].findall(text)


def _tells_more(noun: str, text: str) -> bool:
    return _patterns(noun)[1].search(text) is not None


@lru_cache(maxsize=256)
def _patterns(noun: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns for one that the story brings in, and for more than one."""
    one, several = re.escape(noun), "|".join(map(re.escape, _plurals(noun)))
    introduced = re.compile(rf"\ban?{_BETWEEN} {one}\b(?!['’-])", re.IGNORECASE)
    title = "(?:Doctor|Dr)" if noun == "doctor" else re.escape(noun.capitalize())
    more = re.compile(
        rf"(?i:\b(?:{several})\b|\b(?:{_MORE}){_BETWEEN} {one}\b|"
        rf"\b(?:becomes?|crowned|are|is) (?:now )?(?:the new )?{one}\b)|\b{title}\.? [A-Z][a-z]"
    )
    return introduced, more


def _plurals(noun: str) -> Iterator[str]:
    yield from (f"{noun}s", f"{noun}es")
    for one, several in (("y", "ies"), ("f", "ves"), ("fe", "ves"), ("man", "men")):
        if noun.endswith(one):
            yield noun.removesuffix(one) + several


def _adjectives(noun: str, story: str) -> list[frozenset[str]]:
    """Return the adjectives with which a story has a noun, each set once."""
    pattern = rf"\b(?:{_DETERMINERS}|an?)({_BETWEEN}) {re.escape(noun)}\b"
    found = {
        frozenset(words.lower().split()) - _PASSING
        for words in re.findall(pattern, story, re.IGNORECASE)
    }
    return [each for each in found if each]


def _differ(adjectives: list[frozenset[str]]) -> bool:
    """Return whether two of these have nothing in common: `the old guard`, `the young guard`."""
    return any(not one & other for one in adjectives for other in adjectives)
