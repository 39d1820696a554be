"""Tell whether a turn takes the player away from where they are, wherever to.

It counts that they go, where the reply does not hold them back: an unknown place is better than a
wrong one.
"""

import re
from collections.abc import Collection

from dungeon.dice import outcome_of, without_roll
from dungeon.state.clauses import clauses
from dungeon.state.evidence import is_held_back
from dungeon.state.phrases import (
    BOUNDARY,
    END,
    NAME,
    PHRASE,
    TITLED,
    Pattern,
    any_of,
    head_noun,
    lowered,
    means_same,
)
from dungeon.state.places import is_place
from dungeon.state.rules import find_changes
from dungeon.story import Kind, Turn
from dungeon.story.state_events import Category, Change

_WHERE = rf"(?P<where>{PHRASE}|{TITLED}){BOUNDARY}"
_NEARBY = frozenset("room place house building river lake pond ford sea train bus car boat".split())
"""What somebody goes to from elsewhere, besides the places of the state."""

_GO = any_of(
    "go, went, walk, walked, run, ran, head, headed, travel, travelled, ride, rode, climb, climbed",
    "crawl, crawled, sail, sailed, row, rowed, march, marched, hike, hiked, drive, drove, fly",
    "swim, swam, hurry, hurried, sneak, sneaked, creep, crept, slip, slipped, flee, fled, wander",
    "wandered, continue, descend, ascend, rush, rushed, dash, move on, make your way, set off",
    "set out, race, are led, are taken, are carried, are dragged, follow him, follow her, escape",
    "follow them, follow it, escaped, return, returned, keep going, journey, stroll, trudge",
)
_MOVE = any_of(
    "step, stepped, jump, jumped, stumble, stumbled, get, got, come, came, squeeze, fall"
)
"""Verbs that leave a place with some of the directions: `get up` does not."""

_COMPASS = r"(?:the )?(?:north|south|east|west)(?:[- ]?(?:east|west))?(?:wards?)?"
_WAY = any_of(
    "stairs, stair, steps, ladder, rope, shaft, path, road, hill, corridor, passage, tunnel",
    "street, well, chimney, mountain, slope, river, trail, track, alley, lane, hallway, tower",
    "wall, staircase, stairway, tree, mast, hatch, slide, chute, drainpipe, canyon, valley, ramp",
)
_OPENING = any_of(
    "door, doors, doorway, gate, gates, gateway, window, hatch, hole, opening, curtain, portal",
    "arch, archway, passage, tunnel, gap, crack, trapdoor, exit, entrance, wall, fence, hedge",
    "mirror, airlock, vent, grate, mist",
)
_A = r"(?:the|a|an|this|that) (?:[\w'’-]+ ){0,2}?"
_THROUGH = rf"(?:out )?(?:through|by) {_A}{_OPENING}\b"
_OUT = rf"(?:outside|outdoors|away|home|out){END}"
_INTO = r"(?:out of|(?:back |out |down |up )?into)"
_AWAY = (
    rf"{_COMPASS}{END}|(?:upstairs|downstairs|indoors|inside|up|down|back){END}|"
    rf"(?:up|down|along) {_A}{_WAY}\b"
)
_TO = r"(?:[a-z]+ )?(?:to|toward|towards|for|from)"
_FURTHER = "(?: (?:further|straight|quickly|quietly|back|on))*"
_DEPARTURES = (
    Pattern(rf"{_GO}{_FURTHER} (?:{_OUT}|{_THROUGH}|{_AWAY}|(?:{_INTO}|{_TO}) {_WHERE})", you=True),
    Pattern(rf"{_MOVE}{_FURTHER} (?:{_OUT}|{_THROUGH}|{_INTO} {_WHERE})", you=True),
    Pattern(rf"(?:leave|exit|left|exited) (?:here|{_WHERE}){END}", you=True),
    Pattern(rf"(?:leave|exit|flee|escape|depart|descend|ascend|set off|set out){END}", you=True),
    Pattern(rf"follow(?:ed)? (?:{PHRASE}|{NAME}|him|her|them|it){END}", you=True),
    Pattern(rf"climb {_A}{_WAY}{END}", you=True),
    Pattern(rf"(?:are|find yourself) (?:now |back )*(?:outside|out of {_WHERE}){END}", you=True),
)
_FROM = re.compile(r"\b(?:out of|leave|left|exit|exited|from)\b")


def leaves(turn: Turn, place: str, dismissed: Collection[Change] = ()) -> bool:
    """Return whether the player is no longer at `place`, `in the mill`, after a turn.

    What the player has `dismissed` as no arrival in it does not count.
    """
    arrivals = [
        change
        for change in find_changes(turn)
        if change.category is Category.PLACE and change not in dismissed
    ]
    if arrivals:
        return not means_same(_name(arrivals[-1].name), _name(place))
    if _tells_departure(turn.prose, place):
        return True
    outcome = outcome_of(turn.action)
    is_tried = turn.kind is Kind.DO and (outcome is None or outcome.is_success)
    departs = is_tried and _tells_departure(without_roll(turn.action), place)
    return departs and not is_held_back(turn.text)


def _tells_departure(prose: str, place: str) -> bool:
    noun = re.compile(rf"\b{re.escape(head_noun(_name(place)))}\b", re.IGNORECASE)
    for clause in clauses(prose):
        for match in filter(None, (pattern.match(clause) for pattern in _DEPARTURES)):
            where = match.groupdict().get("where")
            goes_there = noun.search(match[0]) and not _FROM.search(match[0])
            if not goes_there and (where is None or _is_elsewhere(where)):
                return True
    return False


def _is_elsewhere(where: str) -> bool:
    return is_place(lowered(where)) or head_noun(where) in _NEARBY


def _name(place: str) -> str:
    """Return a place without its preposition; `outside` has none."""
    return place.partition(" ")[2] or place
