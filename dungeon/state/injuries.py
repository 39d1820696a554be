"""Rules on injuries: what hurts the player, and what heals."""

from collections.abc import Iterator

from dungeon.state.clauses import Clause
from dungeon.state.phrases import BOUNDARY, END, NAME, PHRASE, Pattern, any_of
from dungeon.state.words import BODY
from dungeon.story.state_events import Category, Change

_PART = rf"(?:left |right )?(?:{'|'.join(sorted(BODY))})"
_HURT = any_of(
    "wounded, injured, hurt, bleeding, burned, burnt, poisoned, bitten, stabbed, shot, bruised",
    "scalded, stung",
)
_PARTICIPLES = {
    "bites": "bitten", "bit": "bitten", "stabs": "stabbed", "stabbed": "stabbed", "cuts": "cut",
    "cut": "cut", "slashes": "cut", "slashed": "cut", "scratches": "scratched",
    "scratched": "scratched", "stings": "stung", "stung": "stung", "shoots": "shot",
    "shot": "shot", "wounds": "wounded", "wounded": "wounded",
}  # fmt: skip
"""What somebody does to the player, and what the player is then."""

_YOURS = {
    "break": "broken", "broke": "broken", "sprain": "sprained", "sprained": "sprained",
    "twist": "twisted", "twisted": "twisted", "burn": "burned", "burned": "burned",
    "bruise": "bruised", "bruised": "bruised",
}  # fmt: skip
"""What players do to parts of themselves, and what these are then."""

_WEATHER = "(?:[Tt]he )?(?:[Ss]now|[Ww]ind|[Cc]old|[Ff]rost|[Aa]ir|[Ss]alt|[Ss]moke|[Hh]eat)"
_BY = rf"(?!{_WEATHER}\b)(?:{PHRASE}|{NAME}|[Ii]t|[Hh]e|[Ss]he)"
_WHERE = rf"(?:you (?:in|on|across) the|your) (?P<part>{_PART})"

_ARE = Pattern(
    rf"are (?:badly |now |slightly )?(?P<how>{_HURT})(?P<where> (?:in|on) the {_PART})?{END}",
    you=True,
)
_PART_IS = Pattern(
    rf"[Yy]our (?P<part>{_PART}) (?P<be>is|are) (?:badly |now )?"
    rf"(?P<how>{_HURT}|broken|cut|sprained|swollen){END}"
)
_DONE_TO = Pattern(rf"{_BY} (?P<how>{'|'.join(_PARTICIPLES)}) {_WHERE}{BOUNDARY}")
_DONE = Pattern(rf"(?P<how>{'|'.join(_YOURS)}) your (?P<part>{_PART}){BOUNDARY}", you=True)
_HEALED = (
    Pattern(rf"[Yy]our (?P<part>{_PART}|wounds?) (?:heals?|(?:is|are) (?:healed|whole again))\b"),
    Pattern(rf"{_BY} (?:heals|healed|sets|bandages|bandaged) your (?P<part>{_PART}|wounds?)\b"),
)


def injuries(clause: Clause) -> Iterator[Change]:
    """Yield the injuries of a clause, and what is healed in it."""
    if match := _ARE.match(clause):
        yield Change(Category.INJURY, match["how"] + (match["where"] or ""))
    elif match := _PART_IS.match(clause):
        yield Change(Category.INJURY, f"your {match['part']} {match['be']} {match['how']}")
    elif match := _DONE_TO.match(clause):
        yield Change(Category.INJURY, f"{_PARTICIPLES[match['how']]} in the {match['part']}")
    elif match := _DONE.match(clause):
        part = match["part"]
        be = "are" if part.endswith("s") or part == "feet" else "is"
        yield Change(Category.INJURY, f"your {part} {be} {_YOURS[match['how']]}")
    else:
        for pattern in _HEALED:
            if match := pattern.match(clause):
                yield Change(Category.INJURY, match["part"], removed=True)
