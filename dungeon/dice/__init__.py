"""Dice: attributes, which actions are risky, what a roll means, how the reply to one begins
and when it contradicts it.

Knows texts and numbers, and nothing of adventures, saves or screens.
"""

from dungeon.dice.beginnings import done_beginning, reply_beginning, tried_sentence
from dungeon.dice.contradictions import contradicts_roll
from dungeon.dice.risk import Risk, find_risk, role_of
from dungeon.dice.roll import (
    DEFAULT_THRESHOLD,
    SIDES,
    Roll,
    has_roll,
    outcome_of,
    parse_roll,
    without_roll,
)
from dungeon.dice.rules import (
    DEFAULT_RULES,
    Attribute,
    DiceRules,
    load_rules,
    read_rules,
)

__all__ = [
    "DEFAULT_RULES",
    "DEFAULT_THRESHOLD",
    "SIDES",
    "Attribute",
    "DiceRules",
    "Risk",
    "Roll",
    "contradicts_roll",
    "done_beginning",
    "find_risk",
    "has_roll",
    "load_rules",
    "outcome_of",
    "parse_roll",
    "read_rules",
    "reply_beginning",
    "role_of",
    "tried_sentence",
    "without_roll",
]
