"""The dice rules of an adventure: attributes, whether risky actions roll, and the threshold."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dungeon.dice.roll import DEFAULT_THRESHOLD, SIDES
from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, refuse_unknown
from dungeon.text import clean_line

MAX_MODIFIER = 5
"""An attribute adds -5 to +5."""

MAX_ATTRIBUTES = 12
MAX_VERBS = 20
"""Verbs of one attribute."""

MIN_THRESHOLD = 2
"""A 1 of the die fails in any case, and a 20 succeeds."""

_NAME = re.compile(r"[^\W\d_][\w'’-]{0,23}")
_VERB = re.compile(r"[^\W\d_]{2,24}")
_WORDS = ("risky", "threshold", "default")
"""Names of other things that are typed in the same line."""

_NUMBER = re.compile(r"[+−-]?\d{1,3}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """What somebody is good or bad at."""

    name: str
    modifier: int = 0
    """What is added to the die."""
    verbs: tuple[str, ...] = ()
    """Verbs of actions that it decides, besides those that its name stands for."""

    @property
    def typed(self) -> str:
        """The attribute as a player types it: `hacking 3 hack decode`."""
        return " ".join([self.name, str(self.modifier), *self.verbs])


DEFAULT_ATTRIBUTES = tuple(map(Attribute, ("strength", "dexterity", "wits", "charm")))


@dataclass(frozen=True, slots=True)
class DiceRules:
    """The rules of one adventure. They hold on all of its branches."""

    attributes: tuple[Attribute, ...] = DEFAULT_ATTRIBUTES
    risky: bool = False
    """Whether risky actions roll by themselves."""
    threshold: int = DEFAULT_THRESHOLD
    """The least sum of die and modifier that succeeds."""
    unreadable: str = ""
    """What is saved in place of rules, where that cannot be read: the defaults stand in for it, and
    it is kept until the player changes them.
    """

    def find(self, name: str) -> Attribute | None:
        """Return the attribute called `name`, if there is one."""
        wanted = name.casefold()
        return next((each for each in self.attributes if each.name.casefold() == wanted), None)

    def with_attribute(self, attribute: Attribute) -> "DiceRules":
        """Return these rules with `attribute` in the place of the one of that name, or added."""
        wanted = attribute.name.casefold()
        known = [attribute if each.name.casefold() == wanted else each for each in self.attributes]
        return replace(
            self, attributes=tuple(known if self.find(attribute.name) else [*known, attribute])
        )

    def without_attribute(self, name: str) -> "DiceRules":
        """Return these rules without the attribute called `name`."""
        gone = self.find(name)
        return replace(self, attributes=tuple(each for each in self.attributes if each != gone))

    def to_dict(self) -> dict[str, Any]:
        """Return what differs from the defaults, as `read_rules` reads it."""
        found: dict[str, Any] = {}
        if self.risky:
            found["risky"] = True
        if self.threshold != DEFAULT_THRESHOLD:
            found["threshold"] = self.threshold
        if self.attributes != DEFAULT_ATTRIBUTES:
            found["attributes"] = {
                each.name: {"modifier": each.modifier, "verbs": list(each.verbs)}
                if each.verbs
                else each.modifier
                for each in self.attributes
            }
        return found

    def dump(self) -> str:
        """Return the rules as JSON; empty where they are the defaults, and what cannot be read as
        it was.
        """
        if self.unreadable:
            return self.unreadable
        found = self.to_dict()
        return json.dumps(found, ensure_ascii=False) if found else ""


DEFAULT_RULES = DiceRules()


def load_rules(stored: str) -> DiceRules:
    """Return the rules that `dump` wrote; the defaults, with what is stored, where it cannot be
    read.
    """
    try:
        return read_rules(json.loads(stored), "The dice") if stored else DEFAULT_RULES
    except (ValueError, RecursionError, InputRefused):
        return DiceRules(unreadable=stored)


def read_rules(value: object, place: str) -> DiceRules:
    """Return the rules in a table of TOML or JSON. Raises InputRefused, which names the place."""
    if not isinstance(value, Mapping):
        raise InputRefused(f"{place} must be a table, not {describe(value)}.")
    refuse_unknown(map(str, value), ("risky", "threshold", "attributes"), place)
    risky = value.get("risky", False)
    if not isinstance(risky, bool):
        raise InputRefused(f"{place}: `risky` must be true or false, not {describe(risky)}.")
    attributes = DEFAULT_ATTRIBUTES
    if "attributes" in value:
        attributes = tuple(_attributes(value["attributes"], f"{place}: `attributes`"))
    rules = DiceRules((), risky, check_threshold(value.get("threshold", DEFAULT_THRESHOLD), place))
    for attribute in attributes:
        rules = add_attribute(rules, attribute, place)
    return rules


def add_attribute(rules: DiceRules, attribute: Attribute, place: str) -> DiceRules:
    """Return `rules` with one more attribute. Raises InputRefused."""
    if rules.find(attribute.name):
        raise InputRefused(
            f"{place}: the attribute {attribute.name} is there twice. Leave one out."
        )
    if len(rules.attributes) == MAX_ATTRIBUTES:
        raise InputRefused(
            f"{place}: there are at most {MAX_ATTRIBUTES} attributes. Remove one first."
        )
    return rules.with_attribute(attribute)


def check_threshold(value: object, place: str) -> int:
    """Return a threshold. Raises InputRefused."""
    if type(value) is int and MIN_THRESHOLD <= value <= SIDES:  # a bool is an int, too
        return value
    raise InputRefused(
        f"{place}: the threshold is a whole number from {MIN_THRESHOLD} to {SIDES}, "
        f"not {describe(value)}."
    )


def check_attribute(name: str, modifier: object, verbs: Iterable[object], place: str) -> Attribute:
    """Return an attribute. Raises InputRefused."""
    if not _NAME.fullmatch(name) or name.lower() in _WORDS:
        raise InputRefused(
            f"{place}: an attribute's name is one word of at most 24 letters other than "
            f"{', '.join(_WORDS)}, not {describe(clean_line(name))}."
        )
    if type(modifier) is not int or abs(modifier) > MAX_MODIFIER:
        raise InputRefused(
            f"{place}: {name} is a whole number from -{MAX_MODIFIER} to {MAX_MODIFIER}, "
            f"not {describe(modifier)}."
        )
    found = tuple(dict.fromkeys(_verb(verb, name, place) for verb in verbs))
    if len(found) > MAX_VERBS:
        raise InputRefused(f"{place}: {name} has more than {MAX_VERBS} verbs. Leave some out.")
    return Attribute(name, modifier, found)


def parse_modifier(text: str) -> int | None:
    """Return the number that was typed, with or without a sign; None where it is none."""
    return int(text.replace("−", "-")) if _NUMBER.fullmatch(text) else None


def _attributes(value: object, place: str) -> Iterable[Attribute]:
    if not isinstance(value, Mapping):
        raise InputRefused(f"{place} must be a table of names and numbers, as in strength = 2.")
    for name, entry in value.items():
        if not isinstance(entry, Mapping):
            yield check_attribute(str(name), entry, (), place)
            continue
        refuse_unknown(map(str, entry), ("modifier", "verbs"), f"{place}, {clean_line(str(name))}")
        verbs = entry.get("verbs", [])
        if not isinstance(verbs, list):
            raise InputRefused(f'{place}: `verbs` must be a list, as in ["hack", "decode"].')
        yield check_attribute(str(name), entry.get("modifier", 0), verbs, place)


def _verb(value: object, name: str, place: str) -> str:
    if isinstance(value, str) and _VERB.fullmatch(value):
        return value.lower()
    raise InputRefused(f"{place}: a verb of {name} is one word, as in hack, not {describe(value)}.")
