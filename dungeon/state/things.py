"""Rules on things: what the player takes and is given, loses and gives away."""

from collections.abc import Iterator, Sequence

from dungeon.state.clauses import Clause
from dungeon.state.phrases import (
    BOUNDARY,
    NAME,
    PHRASE,
    Pattern,
    any_of,
    head_noun,
    lowered,
    split_list,
)
from dungeon.state.words import NOT_CARRIED, PLACES
from dungeon.story.state_events import Category, Change

_LIST = rf"(?P<what>{PHRASE}(?:, {PHRASE})*(?:,? and {PHRASE})?)"
_WHAT = rf"(?P<what>{PHRASE})"
_YOUR_THING = r"(?P<what>your (?:[a-z]+ ){0,2}?[a-z]+)"
_BAG = r"your (?:\w+ )?" + any_of(
    "pocket, pockets, bag, pack, backpack, belt, sack, satchel, pouch, coat, jacket, cloak, shirt",
    "boot, basket, apron, purse, waistcoat, knapsack, rucksack, toolbelt, sash, sleeve",
)
_HANDS = r"your (?:\w+ )?(?:hand|hands|arms)"
_SOMEBODY = rf"(?:{PHRASE}|{NAME}|[Hh]e|[Ss]he|[Tt]hey|[Ii]t)"
_THEM = rf"(?:{PHRASE}|{NAME}|him|her|them|it)"

_TAKE = any_of(
    "take, took, grab, grabbed, pocket, pocketed, snatch, snatched, collect, collected, gather",
    "gathered, steal, stole, buy, bought, receive, received, retrieve, retrieved, carry, carried",
    "are carrying, are holding, pick up, picked up, scoop up, scooped up, snatch up, snatched up",
    "gather up, gathered up, help yourself to",
)
_PUT_AWAY = any_of(
    "put, slip, slipped, tuck, tucked, stuff, stuffed, drop, dropped, stow, stowed, hide, hid",
    "stick, stuck",
)
_GIVES = any_of(
    "gives, gave, hands, handed, passes, passed, slips, slipped, lends, lent, tosses, tossed"
)
_DROP = any_of(
    "drop, dropped, lose, lost, throw away, threw away, throw, threw, toss, tossed, sell, sold",
    "discard, discarded, give away, gave away, eat, ate, drink, drank, swallow, swallowed, burn",
    "put down, set down, lay down, hand over, handed over, give up, gave up, trade, traded, burned",
    "let go of",
)
_GIVE = any_of("give, gave, hand, handed, pass, passed, sell, sold, throw, threw, return, returned")
_ROB = any_of("takes, took, snatches, snatched, grabs, grabbed, steals, stole, swallows, eats")

_GAINS = (
    Pattern(rf"{_TAKE} {_LIST}{BOUNDARY}", you=True),
    Pattern(rf"pick(?:ed)? {_WHAT} up{BOUNDARY}", you=True),
    Pattern(rf"{_PUT_AWAY} {_WHAT} (?:in|into|inside|under) {_BAG}\b", you=True),
    Pattern(rf"have {_WHAT} (?:in|on|under) (?:{_BAG}|{_HANDS})\b", you=True),
    Pattern(rf"are (?:given|handed) {_LIST}{BOUNDARY}", you=True),
    Pattern(rf"{_SOMEBODY} {_GIVES} you {_WHAT}{BOUNDARY}"),
    Pattern(rf"{_WHAT} (?:goes|is|lies|slides|drops) (?:safely |now )?(?:in|into) {_BAG}\b"),
)
_LOSSES = (
    Pattern(rf"{_DROP} {_LIST}{BOUNDARY}", you=True),
    Pattern(rf"(?:put|set|lay|laid|leave|left) {_WHAT} (?:down|behind|on|in|there|by)\b", you=True),
    Pattern(rf"{_GIVE} {_WHAT} (?:back )?(?:to|at|into) ", you=True),
    Pattern(rf"{_GIVE} {_THEM} {_WHAT}{BOUNDARY}", you=True),
    Pattern(rf"{_SOMEBODY} {_ROB} {_YOUR_THING}{BOUNDARY}"),
    Pattern(rf"{_SOMEBODY} {_ROB} {_WHAT} (?:from you|from your|out of your|away from you)\b"),
    Pattern(rf"{_WHAT} (?:is|are) (?:gone|lost)(?=[.,;!])"),
)
_VAGUE = ("this ", "that ", "these ", "those ", "more ", "enough ", "both ")


def gains(clause: Clause) -> Iterator[Change]:
    """Yield what the player has after a clause."""
    for thing in _things(clause, _GAINS):
        noun = head_noun(thing)
        is_thing = noun not in NOT_CARRIED and noun not in PLACES and not noun.endswith("ly")
        if is_thing and not thing.startswith(_VAGUE):
            yield Change(Category.ITEM, thing)


def losses(clause: Clause) -> Iterator[Change]:
    """Yield what the player has no longer; it only matters where they had it."""
    for thing in _things(clause, _LOSSES):
        yield Change(Category.ITEM, thing, removed=True)


def _things(clause: Clause, patterns: Sequence[Pattern]) -> Iterator[str]:
    for pattern in patterns:
        if match := pattern.match(clause):
            yield from map(lowered, split_list(match["what"]))
            return
