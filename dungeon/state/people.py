"""Rules on people: who dies, and who feels what about the player."""

import re
from collections.abc import Iterator

from dungeon.state.beings import is_plural
from dungeon.state.clauses import Clause
from dungeon.state.phrases import (
    BOUNDARY,
    END,
    NAME,
    PHRASE,
    Pattern,
    any_of,
    head_noun,
    is_another,
    key,
    lowered,
)
from dungeon.state.words import NOT_ALIVE
from dungeon.story.state_events import Category, Change


def death_of(name: str) -> Change:
    """Return that somebody is dead, or that several are."""
    noun = head_noun(name)
    is_several = not name[:1].isupper() and is_plural(noun)
    return Change(Category.PERSON, name, "are dead" if is_several else "is dead")


_CALLED_DEAD = frozenset("dead late lifeless slain murdered".split())
_REMAINS = frozenset("corpse corpses body bodies carcass cadaver remains".split())

_COUNTED = frozenset("second third fourth fifth sixth next".split())
"""Words that name somebody only after another sentence: `the second is dead`."""

_WHO = rf"(?P<who>{PHRASE}|{NAME})"
_FALLS = any_of("is, are, lies, lie, lay, falls, fall, fell, drops, dropped")
_KILL = any_of("kill, killed, slay, slew, slain, murder, murdered, behead, beheaded")
_DEATHS = (
    Pattern(rf"{_WHO}(?: {_FALLS}|['’]s|['’]re) (?:now |down |quite |stone )?dead{END}"),
    Pattern(rf"{_WHO} (?:dies|died|drowns|drowned|bleeds to death|bled to death){END}"),
    Pattern(rf"{_WHO} (?:dies|died) (?:in|of|at|on|before|with|under) "),
    Pattern(rf"{_WHO} (?:is|are) (?:killed|slain|beheaded|murdered)\b"),
    Pattern(rf"(?:have )?{_KILL} {_WHO}{BOUNDARY}", you=True),
)
_ROLE = any_of("friend, enemy, ally, prisoner, servant, guide, companion, wife, husband, master")
_FEELS = any_of("trusts, hates, fears, loves, likes, despises, admires, distrusts, forgives")
_ATTITUDES = tuple(
    Pattern(rf"{_WHO} (?P<value>{value}){END}")
    for value in (
        rf"(?:is|becomes) (?:now )?your {_ROLE}",
        r"(?:is|becomes) (?:now )?(?:angry|furious) (?:with|at) you",
        r"is (?:now )?(?:afraid|proud|fond|wary|suspicious|jealous) of you",
        r"is (?:now )?(?:grateful|loyal) to you",
        r"is in love with you",
        rf"{_FEELS} you",
        r"owes you (?:a|his|her) \w+",
    )
)


def deaths(clause: Clause) -> Iterator[Change]:
    """Yield who dies in a clause."""
    for pattern in _DEATHS:
        if match := pattern.match(clause):
            if _is_alive(match["who"]):
                yield death_of(lowered(match["who"]))
            return


def attitudes(clause: Clause) -> Iterator[Change]:
    """Yield who feels what about the player in a clause."""
    for pattern in _ATTITUDES:
        if (match := pattern.match(clause)) and _is_alive(match["who"]):
            value = match["value"].replace("becomes", "is", 1).replace("is now ", "is ", 1)
            yield Change(Category.PERSON, lowered(match["who"]), value)
            return


def is_called_dead(name: str) -> bool:
    """Return whether a name says already that somebody is dead: `the dead king`, `the corpse`."""
    words = re.findall(r"[\w-]+", key(name).partition(" of ")[0])
    return not _CALLED_DEAD.isdisjoint(words) or head_noun(name) in _REMAINS


def _is_alive(phrase: str) -> bool:
    if is_called_dead(phrase):
        return False
    is_several = phrase.lower().startswith("a few ") or is_another(phrase)
    return head_noun(phrase) not in NOT_ALIVE | _COUNTED and not is_several
