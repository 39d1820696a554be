"""Dice rules as a player types and reads them: `strength 2, wits -1, risky on, threshold 12`."""

from dataclasses import replace

from dungeon.dice.roll import SIDES
from dungeon.dice.rules import (
    DEFAULT_RULES,
    DiceRules,
    add_attribute,
    check_attribute,
    check_threshold,
    parse_modifier,
)
from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe
from dungeon.text import clean_line

HOW = "Try strength 2, hacking 3 hack decode, wits -, risky on, or threshold 12."
_PLACE = "The dice"
_REMOVED = ("-", "−")
_SWITCH = {"": True, "on": True, "off": False}
_MAX_LENGTH = 1_000
"""Characters of a line of rules."""


def change_rules(rules: DiceRules, text: str) -> tuple[DiceRules, str]:
    """Return the rules after what `text` says, and a sentence that says how they are now.

    Entries stand between commas: an attribute, its number and further verbs; an attribute and `-`,
    which removes it; `risky on` or `risky off`; `threshold 12`; `default`. Raises InputRefused.
    """
    if len(text) > _MAX_LENGTH:
        raise InputRefused(f"{_PLACE} are at most {_MAX_LENGTH:,} characters. {HOW}")
    for entry in filter(None, (part.split() for part in clean_line(text).split(","))):
        rules = replace(_change(rules, *entry), unreadable="")
    return rules, describe_rules(rules)


def describe_rules(rules: DiceRules) -> str:
    """Return the rules in two sentences."""
    named = ", ".join(f"{each.name} {signed(each.modifier)}" for each in rules.attributes)
    which = "Risky actions roll" if rules.risky else "Only /roll rolls"
    needed = f"a die of {SIDES} and the attribute have to reach {rules.threshold}"
    return f"{which}: {needed}. Attributes: {named or 'none'}."


def signed(modifier: int) -> str:
    """Return a modifier with its sign: +2, 0, −1."""
    return f"{modifier:+d}".replace("-", "−") if modifier else "0"


def _change(rules: DiceRules, name: str, value: str = "", *verbs: str) -> DiceRules:
    rest = " ".join((value, *verbs))
    match name.lower():
        case "default":
            if rest:
                raise InputRefused(f"default stands alone, without {describe(rest)}. {HOW}")
            return DEFAULT_RULES
        case "risky":
            if rest.lower() not in _SWITCH:
                raise InputRefused(f"risky is on or off, not {describe(rest)}.")
            return replace(rules, risky=_SWITCH[rest.lower()])
        case "threshold":
            number = parse_modifier(rest)
            typed = rest if number is None else number
            return replace(rules, threshold=check_threshold(typed, _PLACE))
    if rest in _REMOVED:
        if rules.find(name) is None:
            raise InputRefused(f"There is no attribute {describe(name)}. {HOW}")
        return rules.without_attribute(name)
    number = parse_modifier(value)
    if number is None:
        raise InputRefused(f"Say a number behind {describe(name)}. {HOW}")
    known = rules.find(name)
    found = check_attribute(
        known.name if known else name,
        number,
        verbs or (known.verbs if known else ()),
        _PLACE,
    )
    return rules.with_attribute(found) if known else add_attribute(rules, found, _PLACE)
