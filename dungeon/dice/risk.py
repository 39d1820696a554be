"""Find out whether an action is risky, and which attribute decides it.

For actions in English, as the transcript holds them: `You jump over the gap.` Of each clause the
verb counts, and the words behind it where a verb is risky with some of them only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from dungeon.dice.roll import without_roll
from dungeon.dice.rules import Attribute, DiceRules
from dungeon.dice.verbs import ROLES, SYNONYMS
from dungeon.text.quotations import replace_quotations

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[,;:.!?…—–]")
_LINKS = frozenset("and then but or".split())
_BEFORE_VERB = frozenset("now then also again just quickly silently softly still even".split())
_TRIES = frozenset("try attempt struggle".split())
_OF_OTHERS = frozenset(
    """
    ask tell order command beg urge beseech implore warn advise dare challenge invite teach help let
    make have watch see hear imagine dream remember consider think plan say shout whisper promise
    refuse decide pretend want wish hope
    """.split()
)
"""Verbs behind which another verb is not done by the player here and now."""

_MAX_TOKENS = 200
"""Words of an action that are looked at: far more than one has."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A risky verb, and what decides it."""

    verb: str
    attribute: Attribute | None
    """None where the adventure has no attribute of this kind: the die decides alone."""


@dataclass(frozen=True, slots=True)
class _Rule:
    role: str
    needed: frozenset[str]
    excluded: frozenset[str]

    def fits(self, rest: Sequence[str]) -> bool:
        words = set(rest)
        return not self.excluded & words and (not self.needed or bool(self.needed & words))


def find_risk(action: str, rules: DiceRules) -> Risk | None:
    """Return the first risk in an action, or None where it is not risky."""
    own = {verb: attribute for attribute in rules.attributes for verb in attribute.verbs}
    for verb, rest in _clauses(action):
        if verb in own:
            return Risk(verb, own[verb])
        for rule in _table().get(verb, ()):
            if rule.fits(rest):
                return Risk(verb, _attribute(rule.role, rules))
    return None


def role_of(attribute: Attribute, rules: DiceRules) -> str:
    """Return the role whose verbs an attribute decides; empty where it has none."""
    return next((role for role in ROLES if _attribute(role, rules) == attribute), "")


def _attribute(role: str, rules: DiceRules) -> Attribute | None:
    names = (role, *SYNONYMS[role].split())
    return next(filter(None, map(rules.find, names)), None)


def _clauses(action: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the verb of each clause whose subject is the player, and the words behind it."""
    text = replace_quotations(without_roll(action), " , ").lower()
    tokens = _TOKEN.findall(text)[:_MAX_TOKENS]
    is_players = False
    for clause in _split(tokens):
        words = list(clause)
        if words and words[0] in ("you", "you'll", "you’ll"):
            is_players = True
            del words[0]
        if not is_players:
            continue
        words = _from_verb(words)
        if not words:
            continue
        yield words[0], words[1:]
        if words[0] in _OF_OTHERS:
            is_players = False


def _split(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Yield the words of each clause: what stands between marks, and between `and` and `then`."""
    clause: list[str] = []
    for token in tokens:
        if token in _LINKS or not token[0].isalpha():
            yield clause
            clause = []
        else:
            clause.append(token)
    yield clause


def _from_verb(words: list[str]) -> list[str]:
    """Return the words of a clause from its verb on: not `carefully`, not `try to`."""
    at = 0
    while at < len(words):
        word = words[at]
        if word in _TRIES and words[at + 1 : at + 2] == ["to"]:
            at += 2
        elif word in _BEFORE_VERB or (word.endswith("ly") and word not in _table()):
            at += 1
        else:
            break
    return words[at:]


@cache
def _table() -> dict[str, list[_Rule]]:
    table: dict[str, list[_Rule]] = {}
    for role, lines in ROLES.items():
        for verb, *words in map(str.split, lines.strip().splitlines()):
            needed = frozenset(word[1:] for word in words if word[0] == "+")
            excluded = frozenset(word[1:] for word in words if word[0] == "-")
            table.setdefault(verb, []).append(_Rule(role, needed, excluded))
    return table
