"""Rules on things: what the player takes and is given, loses and gives away."""

from collections.abc import Iterator, Sequence

from dungeon.state.beings import PEOPLE
from dungeon.state.clauses import Clause
from dungeon.state.evidence import BAG, SACK
from dungeon.state.phrases import (
    BOUNDARY,
    END,
    NAME,
    PHRASE,
    Pattern,
    SentencePattern,
    any_of,
    head_noun,
    is_partial,
    lowered,
    measured,
    split_list,
)
from dungeon.state.portable import PORTABLE
from dungeon.state.words import BODY, MATERIALS, NOT_CARRIED, PLACES
from dungeon.story.state_events import Category, Change

_LIST = rf"(?P<what>{PHRASE}(?:, {PHRASE})*(?:,? and {PHRASE})?)"
_WHAT = rf"(?P<what>{PHRASE})"
_YOUR_THING = r"(?P<what>your (?:[a-z]+ ){0,2}?[a-z]+)"
_YOUR_BAG = rf"your (?:[\w'-]+ )?{BAG}\b"
_HANDS = r"your (?:\w+ )?(?:hand|hands|arms)\b"
_SOMEBODY = rf"(?:{PHRASE}|{NAME}|[Hh]e|[Ss]he|[Tt]hey|[Ii]t)"
_THEM = rf"(?:{PHRASE}|{NAME}|him|her|them|it)"

_TAKE = any_of(
    "take, took, pocket, pocketed, snatch, snatched, collect, collected, gather",
    "gathered, steal, stole, buy, bought, receive, received, retrieve, retrieved, carry, carried",
    "are carrying, pick up, picked up, scoop up, scooped up, snatch up, snatched up",
    "gather up, gathered up, help yourself to",
)
_TAKEN = (
    rf"(?={END}|[.,;:!—–)]|$| (?:and|from|out|with|that|which|then|at once|again|quickly)\b| "
    r"(?:in|into|under|on|over) your\b| (?:off|in|on) (?:the|its|his|her|a) )"
)
"""What may follow what is taken. After other words it is led, turned, or taken somewhere: `the boy
by the hand`, `the lift down`, `the pig home`."""

_HOLD = any_of("rope, line, chain, cable, cord, bar, pole, branch, strap, harness, net, reins, oar")
"""What is grabbed to hold on to it."""

_PUT_AWAY = any_of(
    "put, slip, slipped, tuck, tucked, stuff, stuffed, drop, dropped, stow, stowed, hide, hid",
    "stick, stuck, shove, shoved, thrust, push, pushed, slide, slid, toss, tossed, place, placed",
)
_GIVES = any_of(
    "gives, gave, hands, handed, passes, passed, slips, slipped, lends, lent, tosses, tossed"
)
_DROP = any_of(
    "drop, dropped, lose, lost, throw away, threw away, throw, threw, toss, tossed, sell, sold",
    "discard, discarded, give away, gave away, eat, ate, drink, drank, swallow, swallowed, burn",
    "put down, set down, lay down, hand over, handed over, give up, gave up, trade, traded, burned",
    "let go of, fling, flung, hurl, hurled, spend, spent, leave behind, left behind",
)
_GIVE = any_of(
    "give, gave, hand, handed, pass, passed, sell, sold, throw, threw, return, returned, toss",
    "lend, lent, pay, feed, fed, deliver, delivered, fling, flung",
)
_THROW = any_of("throw, threw, toss, tossed, fling, flung, hurl, hurled")
_PUT = "(?:put|set|lay|laid|leave|left|place|placed|drop|dropped|stick|stuck|hide|hid)"
_ROB = any_of("takes, took, snatches, snatched, grabs, grabbed, steals, stole, swallows, eats")

_ONTO = any_of(
    "in, into, inside, under, behind, up, over, on, onto, round, around, about, across, between"
)
_KEPT = rf"(?! (?:back )?{_ONTO} your\b)"
_UP = r"(?! (?:up|upward|upwards|in the air|into the air|from hand|again)\b)"

_BY_HAND = (
    Pattern(
        rf"{_PUT_AWAY} {_WHAT} (?:back )?(?:in|into|inside|under|up|behind) {_YOUR_BAG}", you=True
    ),
    Pattern(rf"have {_WHAT} (?:in|on|under) (?:{_YOUR_BAG}|{_HANDS})", you=True),
    Pattern(rf"{_WHAT} (?:goes|is|lies|slides|drops) (?:safely |now )?(?:in|into|up) {_YOUR_BAG}"),
)
"""Whatever it is, the player has it in a hand or a pocket."""

_SEVER = any_of("cut, chop, chopped, hack, hacked, saw, slice, sliced, tear, tore, rip, ripped")
_BREAK_OFF = any_of("break, broke, snap, snapped, twist, twisted, pull, pulled")
_FIND = any_of(
    "pick up, picked up, find, found, take, took, grab, grabbed, lift, lifted, collect, get, got",
    "gather, scoop up, dig up, dig out, pull out",
)
_KEEP_IT = (
    rf"(?: (?:from|off|out of) {PHRASE})?,? (?:and|then) (?:then )?"
    rf"(?:{_PUT_AWAY} (?:it|them) (?:back )?(?:in|into|inside|under|up) (?:{_YOUR_BAG}|{SACK})|"
    rf"(?:pocket|take|took|keep|kept) (?:it|them)(?: with you)?{END})"
)
_CUT_OFF = (
    Pattern(rf"(?:{_SEVER}|{_BREAK_OFF}) (?:off|out) {_WHAT}{_KEEP_IT}", you=True),
    Pattern(rf"(?:{_SEVER}|{_BREAK_OFF}) {_WHAT} (?:off|out){_KEEP_IT}", you=True),
    Pattern(rf"(?:pick up|picked up) {_WHAT}{_KEEP_IT}", you=True),
)
"""Even a part of a body, where it is put away or kept."""

_FOUND = (Pattern(rf"{_FIND} {_WHAT}{_KEEP_IT}", you=True),)

_GIVEN = (
    Pattern(rf"{_SOMEBODY} {_GIVES} you {_WHAT}{BOUNDARY}"),
    Pattern(rf"are (?:given|handed) {_LIST}{BOUNDARY}", you=True),
)

_TAKES = (
    Pattern(rf"{_TAKE} {_LIST}{_TAKEN}", you=True),
    Pattern(rf"(?:grab|grabbed|are holding) (?!the {_HOLD}\b){_LIST}{_TAKEN}", you=True),
    Pattern(rf"pick(?:ed)? {_WHAT} up{END}", you=True),
)
_LOSSES = (
    Pattern(rf"{_DROP} {_LIST}{BOUNDARY}{_KEPT}{_UP}", you=True),
    Pattern(rf"{_PUT} {_WHAT} (?:down|behind|there|aside){END}", you=True),
    Pattern(
        rf"{_PUT} {_WHAT} (?:back )?(?:down )?"
        r"(?:on|onto|in|into|inside|under|by|beside|behind|over|at|against|where|with) "
        rf"(?!your\b|{SACK})",
        you=True,
    ),
    Pattern(
        rf"{_GIVE} {_WHAT} (?:back )?(?:to|at|into|over|down|through|for) (?!your\b)", you=True
    ),
    Pattern(rf"{_GIVE} {_THEM} (?:back )?{_WHAT}{BOUNDARY}", you=True),
    Pattern(rf"{_SOMEBODY} {_ROB} {_YOUR_THING}{BOUNDARY}"),
    Pattern(rf"{_SOMEBODY} {_ROB} {_WHAT} (?:from you|from your|out of your|away from you)\b"),
    Pattern(rf"{_WHAT} (?:is|are) (?:gone|lost)(?=[.,;!])"),
)
_GIVEN_WITH = (
    Pattern(
        rf"{_GIVE} {_THEM} (?:back )?{PHRASE} (?:and|with|along with|together with) "
        rf"(?!your\b){_WHAT}{BOUNDARY}",
        you=True,
    ),
)
"""The second of two things that somebody is given."""

_THROWN = (Pattern(rf"{_THROW} {_WHAT} (?:at|into|over|through|to) (?!your\b)", you=True),)
_BREAK = any_of(
    "break, broke, smash, smashed, shatter, shattered, crush, crushed, destroy, destroyed",
    "tear up, tore up, rip up, ripped up",
)
_BREAKING = (Pattern(rf"{_BREAK} {_WHAT}{BOUNDARY}(?! (?:away|out|through|down)\b)", you=True),)
_STILL_HELD = frozenset("loaf biscuit cake gun shotgun rifle stick branch board twig seal".split())
"""What is broken to be eaten, loaded or used, besides materials."""

_BREAKS = (
    Pattern(
        rf"{_WHAT} (?:shatters|shattered|(?:is|are) (?:now )?(?:smashed|shattered|destroyed)|"
        rf"(?:breaks|broke|goes|falls) (?:in|into|to) (?:a )?(?:[a-z]+ )?"
        rf"(?:pieces|bits|halves|two))"
        rf"{BOUNDARY}"
    ),
)
"""What just `breaks` may still be held, like a string or a spear."""

_IDIOMS = ("a bow", "a photo", "a photograph")
"""What somebody takes without having it, unlike `the bow`."""

_VAGUE = ("this ", "that ", "these ", "those ", "more ", "enough ", "both ")
_WHOLE = rf"{BOUNDARY}(?! (?:that|which)\b)"
_HAVE = Pattern(rf"(?:have|carry|are carrying|hold|are holding) {_LIST}{_WHOLE}", you=True)
_WITH = Pattern(rf"with {_LIST}{_WHOLE}")
_PASS_ON = any_of(
    "throw, threw, fling, flung, hurl, toss, give, gave, hand, handed, drop, dropped, eat, ate",
    "drink, drank, swallow, burn, burned, return, put, lay, pass, sell",
)
_GIVEN_ON = SentencePattern(rf" (?:and|then|to) (?:then )?{_PASS_ON} (?:it|them)\b(?!.* your\b)")
"""What is taken is given on in the same breath."""


def things(clause: Clause) -> Iterator[Change]:
    """Yield what the player has after a clause, and what they have no longer.

    What goes into their own pocket is not lost.
    """
    gained = [*_gains(clause)]
    yield from gained
    if not gained:
        yield from _lost(clause, _LOSSES)
        yield from _lost(clause, _GIVEN_WITH)


def thrown(clause: Clause) -> Iterator[Change]:
    """Yield what the player throws at something: it is gone even where it misses."""
    yield from _lost(clause, _THROWN)


def broken(clause: Clause) -> Iterator[Change]:
    """Yield what the player breaks."""
    for change in _lost(clause, _BREAKING):
        if head_noun(change.name) not in MATERIALS | _STILL_HELD:
            yield change


def breakages(clause: Clause) -> Iterator[Change]:
    """Yield what breaks, by the player or by itself."""
    yield from broken(clause)
    yield from _lost(clause, _BREAKS)


def _lost(clause: Clause, patterns: Sequence[Pattern]) -> Iterator[Change]:
    for thing in _of(clause, patterns):
        if not is_partial(thing) and not _is_own_part(thing):
            yield Change(Category.ITEM, thing, removed=True)


def belongings(clause: Clause) -> Iterator[Change]:
    """Yield what the player has at the beginning of a story: `You are a monk, with a lamp`."""
    for thing in _of(clause, (_HAVE, _WITH) if clause.is_yours else ()):
        if is_portable(thing) and not thing.startswith(_VAGUE):
            yield Change(Category.ITEM, thing)


def is_portable(name: str) -> bool:
    """Return whether the rules know that a thing of this name can be carried."""
    noun, of = head_noun(name), measured(name)
    is_known = noun in PORTABLE or noun in MATERIALS or of in MATERIALS or of in PORTABLE
    return is_known and noun not in NOT_CARRIED and noun not in PLACES


def _gains(clause: Clause) -> Iterator[Change]:
    takes = () if _GIVEN_ON.is_in(clause.text) else _TAKES
    for patterns, excluded in (
        (_BY_HAND, BODY | {"rest"}),
        (_CUT_OFF, frozenset({"rest"})),
        (_FOUND, BODY | {"rest"}),
        (_GIVEN, NOT_CARRIED | BODY),
        (takes, NOT_CARRIED | PLACES | PEOPLE),
    ):
        for thing in _of(clause, patterns):
            if _is_thing(thing, excluded) and not _is_own_part(thing):
                yield Change(Category.ITEM, thing)


def _is_own_part(thing: str) -> bool:
    return thing.startswith("your ") and head_noun(thing) in BODY


def _is_thing(thing: str, excluded: frozenset[str]) -> bool:
    noun = head_noun(thing)
    is_excluded = {noun, noun.removesuffix("s")} & excluded or thing in _IDIOMS
    return not is_excluded and not noun.endswith("ly") and not thing.startswith(_VAGUE)


def _of(clause: Clause, patterns: Sequence[Pattern]) -> Iterator[str]:
    for pattern in patterns:
        if match := pattern.match(clause):
            yield from map(lowered, split_list(match["what"]))
            return
