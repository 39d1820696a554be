"""Rules on people: who dies, and who feels what about the player."""

from collections.abc import Iterator

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
    lowered,
)
from dungeon.state.words import NOT_ALIVE
from dungeon.story.state_events import Category, Change

DEAD = "is dead"
"""What is true of a person who has died."""

_WHO = rf"(?P<who>{PHRASE}|{NAME})"
_FALLS = any_of("is, are, lies, lie, lay, falls, fall, fell, drops, dropped")
_KILL = any_of("kill, killed, slay, slew, slain, murder, murdered, behead, beheaded")
_DEATHS = (
    Pattern(rf"{_WHO} {_FALLS} (?:now |down |quite |stone )?dead{END}"),
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
                yield Change(Category.PERSON, lowered(match["who"]), DEAD)
            return


def attitudes(clause: Clause) -> Iterator[Change]:
    """Yield who feels what about the player in a clause."""
    for pattern in _ATTITUDES:
        if (match := pattern.match(clause)) and _is_alive(match["who"]):
            value = match["value"].replace("becomes", "is", 1).replace("is now ", "is ", 1)
            yield Change(Category.PERSON, lowered(match["who"]), value)
            return


def _is_alive(phrase: str) -> bool:
    is_several = phrase.lower().startswith("a few ") or is_another(phrase)
    return head_noun(phrase) not in NOT_ALIVE and not is_several
