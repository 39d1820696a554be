"""Tell whom the player's action is aimed at, where it names somebody or says `him`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dungeon.dice import without_roll
from dungeon.state.beings import PEOPLE, is_plural
from dungeon.state.clauses import narration
from dungeon.state.mentions import PRONOUNS, Mention, mentions, only_one, pronouns_of
from dungeon.state.phrases import BOUNDARY, NAME, PHRASE, any_of, head_noun, lowered
from dungeon.state.portable import PORTABLE
from dungeon.state.words import BODY, MATERIALS, NOT_ALIVE, PLACES

Earlier = tuple[tuple[str, str], ...]
"""The actions and replies of the turns before, the oldest first."""

_MAX_ACTION = 300
"""Characters of an action that are read."""

_MAX_EARLIER = 2_000
"""Characters of an earlier reply that are read: those at its end."""

_WEAPON = rf"(?:{PHRASE}|it|[a-z]+)"
_WHO = (
    rf"(?P<who>{PHRASE}|{NAME}(?:['’]s? (?:[a-z]+ )?[a-z]+)?|him|her|it|them)"
    rf"(?:{BOUNDARY}|(?= (?:until|till|because|hard|dead|twice|repeatedly|one|right|quickly)\b))"
)
_KILL = any_of("kill, slay, murder, behead, decapitate, execute, assassinate, finish, strangle")
"""Verbs whose object is somebody, whatever the noun is."""

_ATTACK = any_of(
    "attack, stab, shoot, hit, strike, slash, hack, chop, choke, throttle, smother, suffocate, gut",
    "poison, club, bludgeon, batter, spear, impale, skewer, fight, bite, crush, smash, smite, cut",
    "slit, knife, drown, burn, blast, snap, break, electrocute, butcher, pierce, run through, axe",
    "run over, dispatch, put down, take out, charge, lunge, swing, fire, beat, destroy, zap",
)
"""Verbs whose object may be killed."""

_BLOWS = any_of(
    "punch, slap, kick, knock, shove, push, throw, trip, tackle, wrestle, headbutt, elbow, whip"
)
"""Verbs whose object may fall, and is not killed."""

_DRIVES = any_of(
    "throw, hurl, fling, swing, fire, shoot, thrust, drive, plunge, stick, ram, drop, bring, put",
    "push, bury, loose, sink, stab, slam, smash, aim, run",
)
"""Verbs of a weapon that is driven into somebody."""

_LOOKS = any_of(
    "look at, look down at, examine, inspect, check, check on, check whether, check if, see if",
    "see whether, search, shake, touch, turn over, roll over, kneel beside, kneel by, bend over",
    "kneel next to, feel, listen to, watch, wake, prod, poke, help, approach, go to, walk to",
)
"""Verbs by which the player sees whether somebody is dead."""

_PLAYER = r"(?:[Yy]ou )?(?:then |now |again |quickly |suddenly |(?:try|attempt|manage) to )*"
_AT = r"(?: (?:at|on|down|off|through|up|back|with|over|for))?"


@dataclass(frozen=True, slots=True)
class _Form:
    """A form of an action that is aimed at somebody."""

    verbs: str
    rest: str
    """A pattern for what follows the verb; it takes long to compile."""
    is_lethal: bool = True
    """Whether somebody who does not move afterwards is dead."""
    any_noun: bool = False
    """Whether somebody may be meant by an unknown noun."""

    def object_of(self, part: str) -> str:
        """Return the object of a part of an action of this form; empty where it is of another."""
        begins = rf"{_PLAYER}{self.verbs}\b"
        match = re.match(begins, part) and re.match(begins + self.rest, part)
        return _owner(match["who"], any_noun=self.any_noun) if match else ""


_FORMS = (
    _Form(_KILL, rf"{_AT} {_WHO}", any_noun=True),
    _Form(_ATTACK, rf"{_AT} {_WHO}"),
    _Form(_ATTACK, rf"{_AT} {_WHO}", is_lethal=False, any_noun=True),
    _Form("run", rf" {_WHO} through"),
    _Form(
        _DRIVES,
        rf" {_WEAPON} (?:down |straight |deep )?"
        rf"(?:at|on|onto|into|in|through|against|over|across|under|between) {_WHO}",
    ),
    _Form(_BLOWS, rf"{_AT} {_WHO}", is_lethal=False),
    _Form(_LOOKS, rf" (?P<who>{PHRASE}|{NAME}|him|her|it|them|he|she|they)\b", is_lethal=False),
)
_JOINT = re.compile(r"[,;:—–]\s*(?:and |then )*|\s(?:and|then) (?:then )?")
_OWNED = re.compile(r"(?P<owner>.+?)['’]s? (?:[\w'’-]+ )*?(?P<part>[a-z]+)")
_THEIR_PART = re.compile(r"(?P<owner>his|her|its|their) (?:[\w'’-]+ )*?(?P<part>[a-z]+)")
_OBJECTS = {
    "his": "him", "her": "her", "its": "it", "their": "them", "he": "him", "she": "her",
    "they": "them",
}  # fmt: skip
_OWN = re.compile(r"(?:your|his|her|its|their) ", re.IGNORECASE)
_PARTS = BODY | {"heart", "brain", "guts", "jugular", "windpipe", "temple", "tail", "wing", "flank"}
_NOBODY = NOT_ALIVE | PORTABLE | MATERIALS | PLACES | _PARTS | {"lock", "door", "window", "wall"}


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an action is aimed at."""

    name: str
    """As a sentence has it; empty where it is not known whom a pronoun means."""
    subjects: frozenset[str]
    """The pronouns that mean them in the reply."""
    is_attacked: bool
    """Whether the action may kill."""


def find_target(action: str, earlier: Earlier, reply: str) -> Target | None:
    """Return whom an action is aimed at.

    A pronoun means whoever the turns before mention last, or else the reply; nobody is meant where
    that may be several.
    """
    who, is_lethal = _object_of(action)
    if subject := PRONOUNS.get(who):
        name = _meant_by(subject, earlier, reply)
        subjects = frozenset({subject}) | (pronouns_of(name) if name else frozenset())
        return Target(name, subjects, is_lethal)
    return Target(who, pronouns_of(who), is_lethal) if who else None


def _object_of(action: str) -> tuple[str, bool]:
    """Return whom an action names, or the pronoun, and whether it may kill them."""
    for part in _JOINT.split(without_roll(action)[:_MAX_ACTION].rstrip(".!?… ")):
        for form in _FORMS:
            if who := form.object_of(part):
                return who, form.is_lethal
    return "", False


def _owner(who: str, *, any_noun: bool) -> str:
    """Return whose part of the body is meant, `the guard` of `the guard's head`; empty where a
    thing is meant, or the player.
    """
    part = _THEIR_PART.fullmatch(who) or _OWNED.fullmatch(who)
    if part is not None and part["part"] in _PARTS:
        who = part["owner"]
    if who in PRONOUNS or who in _OBJECTS:
        return _OBJECTS.get(who, who)
    noun = head_noun(who)
    is_being = noun in PEOPLE or is_plural(noun)
    is_known = any_noun or is_being or who[:1].isupper()
    is_thing = noun in _NOBODY or (not is_being and _OWN.match(who))
    return lowered(who) if is_known and not is_thing else ""


def _meant_by(subject: str, earlier: Earlier, reply: str) -> str:
    for action, told in reversed(earlier):
        who, _ = _object_of(action)
        if who and who not in PRONOUNS and subject in pronouns_of(who):
            return who
        for text in (action, told[-_MAX_EARLIER:]):
            name = only_one(_mentioned(text), subject)
            if name is not None:
                return name
    return only_one(_mentioned(reply[:_MAX_EARLIER]), subject) or ""


def _mentioned(text: str) -> Sequence[Mention]:
    return [each for sentence in narration(text) for each in mentions(sentence.text)]
