"""Find who is mentioned in prose, and whom a pronoun may mean."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dungeon.state.beings import CREATURES, EITHER, MEN, MONSTERS, PEOPLE, WOMEN, is_plural
from dungeon.state.phrases import (
    NAME,
    STOP_WORDS,
    TITLE,
    SentencePattern,
    any_of,
    head_noun,
    means_same,
)
from dungeon.state.words import MATERIALS, NOT_ALIVE

PRONOUNS = {"him": "he", "her": "she", "it": "it", "them": "they"}
"""What stands for an object, and the same as a subject."""

_ANIMALS = CREATURES - MONSTERS
_MALE_TITLES = MEN | {"mr", "count"}
_FEMALE_TITLES = WOMEN | {"mrs", "miss"}
_STOP_WORDS = frozenset(STOP_WORDS.split("|"))
_DETERMINED = re.compile(
    r"(?<!\bare )(?<!\bis )(?<!\bas )"
    r"\b(the|an?|this|that|your|two|three|four|five|six|both|several|some) "
    r"(?=([a-z]+(?:-[a-z]+)?)(?: ([a-z]+(?:-[a-z]+)?))?(?: ([a-z]+))?)",
    re.IGNORECASE,
)
"""A determiner, and the three words behind it."""

_ACTS = any_of(
    "says, said, asks, asked, nods, nodded, smiles, smiled, laughs, laughed, shrugs, frowns, grins",
    "whispers, shouts, replies, answers, sits, stands, stood, looks, looked, stares, turns, steps",
    "falls, fell, lies, picks, takes, stops, comes, goes, runs, holds, grabs, throws, raises",
    "pulls, puts, screams, swears, curses, points, swings, draws, opens, shakes, drops, gets",
)
_NAMED = re.compile(rf"\b{TITLE} [A-Z][a-z]+|\b{NAME}(?= {_ACTS}\b)")
_NOT_NAMES = SentencePattern(
    r"(?:there|here|night|snow|rain|everybody|everyone|nobody|somebody|someone|one|both|what|who|"
    r"nothing|something|everything|neither|another|each|all|these|those|and|but|so|now|water|dust|"
    r"death|darkness)\b"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody who is mentioned."""

    name: str
    """As a sentence has it: `the old guard`, `Captain Hale`."""
    at: int
    """Where it begins in the text."""

    @property
    def subjects(self) -> frozenset[str]:
        """The pronouns that may mean them."""
        return pronouns_of(self.name)


def mentions(text: str) -> Iterator[Mention]:
    """Yield the people and animals that `text`, without its quotations, mentions by a noun or by a
    name that is known to be one.
    """
    for match in _DETERMINED.finditer(text):
        words = [word for word in match.groups()[1:] if word is not None]
        if being := _being(words):
            determiner = match[1].lower()
            is_owner = text.startswith(("'", "’"), match.end() + len(being))
            if not (is_owner and determiner in ("a", "an")):  # `a guard's sword` needs no guard
                known = "your" if determiner == "your" else "the"
                yield Mention(f"{known} {being}", match.start())
    for match in _NAMED.finditer(text):
        if not _NOT_NAMES.begins(match[0]) and match[0].lower() not in NOT_ALIVE | MATERIALS:
            yield Mention(match[0], match.start())


def _being(words: Sequence[str]) -> str:
    """Return the words up to the noun of somebody, `giant spider`; empty where there is none."""
    found = 0
    for number, word in enumerate(words, 1):
        if word.lower() in PEOPLE:
            found = number
        elif found or word.lower() in _STOP_WORDS or word == "dead":
            break
    return " ".join(words[:found])


def pronouns_of(name: str) -> frozenset[str]:
    """Return the pronouns, as subjects, that may mean whoever has this name."""
    noun = head_noun(name)
    if name[:1].isupper():
        title = name.partition(" ")[0].rstrip(".").lower()
        if title in _MALE_TITLES:
            return frozenset({"he"})
        return frozenset({"she"}) if title in _FEMALE_TITLES else frozenset({"he", "she"})
    if is_plural(noun):
        return frozenset({"they"})
    if noun in MEN or noun in WOMEN:
        return frozenset({"he" if noun in MEN else "she"})
    if noun in EITHER:
        return frozenset({"he", "she"})
    return frozenset({"he", "she", "it"} if noun in CREATURES else {"it", "he", "she", "they"})


def only_one(found: Sequence[Mention], subject: str) -> str | None:
    """Return the name of the only one whom a pronoun may mean; empty where it may mean several, and
    None where it means nobody. It means an animal only where there is no person.
    """
    names: dict[bool, list[str]] = {True: [], False: []}
    for each in found:
        among = names[head_noun(each.name) in _ANIMALS]
        if subject in each.subjects and not any(means_same(each.name, name) for name in among):
            among.append(each.name)
    meant = names[False] or names[True]
    if not meant:
        return None
    return meant[0] if len(meant) == 1 else ""
