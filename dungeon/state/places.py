"""The rule on places: where the player arrives or is."""

import re
from collections.abc import Iterator

from dungeon.state.clauses import Clause
from dungeon.state.phrases import BOUNDARY, PHRASE, TITLED, Pattern, any_of, head_noun, lowered
from dungeon.state.words import PLACES, ROOMS
from dungeon.story.state_events import Category, Change

_TARGET = rf"(?P<place>{PHRASE}|{TITLED}){BOUNDARY}"
_OF_ONE = re.compile(r"^the .* of (?:the|an?|this|that|your|his|her|its|their) ")
_GO = any_of(
    "step, stepped, walk, walked, go, went, come, came, climb, climbed, crawl, crawled, run, ran",
    "slip, slipped, burst, stumble, stumbled, duck, ducked, fall, fell, emerge, emerged, are led",
    "are taken",
)
_BE = any_of(
    "are, are alone, are sitting, are standing, sit, lie, find yourself, stand, wake, wake up"
)
_REACH = any_of(
    "arrive at, arrived at, arrive in, arrived in, reach, reached, come to, came to, get to",
    "got to, return to, returned to, are at, are back at, stand at, find yourself at, go back to",
    "went back to, walk to, walked to, run to, ran to, go to, went to, go down to, went down to",
    "go up to, went up to, go over to, hurry to, climb to, climb up to, climb down to, head to",
)
_ARRIVALS = (
    ("in", rf"(?:enter|entered|{_GO} (?:back |down |up |out )?(?:in|into|inside))"),
    ("in", rf"{_BE} (?:now |back )?(?:in|inside)"),
    ("at", _REACH),
    ("on", rf"{_GO} (?:out )?(?:on|onto)"),
    ("on", rf"{_BE} (?:now |back )?on"),
)
_PATTERNS = [(where, Pattern(f"{verbs} {_TARGET}", you=True)) for where, verbs in _ARRIVALS]


def arrivals(clause: Clause) -> Iterator[Change]:
    """Yield where the player is after a clause."""
    for preposition, pattern in _PATTERNS:
        if match := pattern.match(clause):
            name = lowered(match["place"])
            if is_place(name):
                inside = preposition == "at" and head_noun(name) in ROOMS
                yield Change(Category.PLACE, f"{'in' if inside else preposition} {name}")
            return


def is_place(name: str) -> bool:
    """Return whether a phrase is a place; of a proper name, a word must say so: `Tar Bridge`.

    What a place is of must be a certain thing: `the deck of the ship`, not `a forest of legs`.
    """
    if any(word[:1].isupper() for word in name.split()):
        return any(word.lower() in PLACES for word in name.split())
    return head_noun(name) in PLACES and (" of " not in name or _OF_ONE.search(name) is not None)
