"""Tell whether a reply lets an action succeed whose roll has failed.

The reply begins with `You try to cut the rope, but`, and a small model may still go on with `it
breaks`. Only plain cases are found: what was tried, and its usual effect on what it was aimed at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dungeon.dice.roll import outcome_of

_FAILED = re.compile(
    r"You try to (?P<tried>[^.!?]+?), but (?:it goes badly wrong, and )?(?P<clause>[^.!?]*)"
)
_INSTRUMENT = re.compile(r" with (?:the|a|an|your|my|his|her|their|this|that|one|both)\b.*")
_BEYOND = re.compile(r" (?:through|out of|from|over|past|behind|under|across|into|off)\b.*")
"""What is behind these words is where the blow comes from, or goes to, and not what it is for."""

_WORDS = re.compile(r"[a-z]+(?:[-'’][a-z]+)*", re.IGNORECASE)
_DETERMINERS = frozenset("the a an his her its their your my this that these those".split())
_LIVING = ("he", "she", "they")
_THINGS = ("it", "they")

_PART = (
    r"(?:head|face|eyes?|nose|mouth|neck|throat|ears?|arms?|hands?|fingers?|shoulders?|chest|heart|"
    r"side|back|belly|stomach|ribs?|legs?|knees?|feet|foot|toes?|tail|skin|flesh|body|skull|wings?)"
)


@dataclass(frozen=True, slots=True)
class _Effect:
    """What usually becomes of something to which something is done."""

    verbs: str
    """What is tried, in its base form, as a pattern."""
    effect: str
    """A pattern for the verb behind the subject of the reply."""
    pronouns: tuple[str, ...]
    """What the subject may be, besides what was named in the action."""
    means: tuple[str, ...] = ()
    """What is used for it, and has the effect in its stead: the knot holds."""


_EFFECTS = (
    _Effect(
        r"attack|beat|behead|bite|bludgeon|charge|choke|club|cut down|decapitate|hit|kick|kill|"
        r"knife|knock|murder|pierce|punch|ram|shoot|slap|slash|slay|smash|spear|stab|strangle|"
        r"strike|throttle",
        r"(?:falls?|drops?|collapses?|dies?)(?: down| dead| over)?(?=$|,| to the | and )|"
        r"(?:is|are) dead\b|bleeds?\b|(?:screams?|cries) and (?:falls?|dies|drops?)",
        (*_LIVING, "it"),
    ),
    _Effect(
        r"break|burst|chop|crush|cut|hack|rip|saw|sever|shatter|slice|smash|snap|split|tear",
        r"(?:breaks?|snaps?|shatters?|splits?|tears?|bursts?|parts?)"
        r"(?=$|,| and | in two| apart| off| open)|"
        r"(?:comes?|falls?) (?:apart|off|away|loose|open|to pieces)|gives? way",
        _THINGS,
    ),
    _Effect(
        r"drag|force|heave|haul|lift|loosen|move|prise|pry|pull|push|raise|roll|shift|shove|tear|"
        r"tug|turn|wrench",
        r"(?:moves?|opens?|lifts?|rises?|turns?|shifts?)"
        r"(?=$|,| and | slowly| a little| aside| easily)|"
        r"(?:comes?|slides?|rolls?) (?:off|out|away|loose|free|up|open|aside)|gives? way",
        _THINGS,
    ),
    _Effect(
        r"break|force|jimmy|open|pick|prise|pry|unbolt|unlock|unscrew",
        r"(?:opens?|unlocks?|clicks?)(?=$|,| and | at once| easily| slowly| open)|"
        r"(?:swings?|springs?|slides?|is|are) open",
        _THINGS,
        means=("lock", "door", "lid"),
    ),
    _Effect(
        r"burn|ignite|kindle|light|set fire to",
        r"(?:burns?|lights up|flares?|catches fire|catch fire|goes? up in)(?! out| down| low)",
        _THINGS,
    ),
    _Effect(
        r"bind|chain|fasten|tie",
        r"holds?(?=$|,| and | fast)",
        _THINGS,
        means=("knot", "knots", "rope", "chain"),
    ),
    _Effect(
        r"beg|bluff|bribe|cajole|charm|coax|convince|fool|lie to|persuade|sweet-talk|talk|trick",
        r"agrees?\b|believes? (?:you|it|every)|nods?(?=$|,)|lets? you\b|says? yes|"
        r"(?:gives?|hands?) (?:it to )?you\b",
        (*_LIVING, "it"),
    ),
    _Effect(
        r"creep|hide|slip|sneak|steal|tiptoe",
        r"(?:does not|do not|doesn['’]t|don['’]t) (?:see|notice|hear) (?:you|it|anything)\b|"
        r"(?:sees?|notices?|hears?) nothing",
        (*_LIVING, "it"),
    ),
)
_BLOW = re.compile(
    r"(?:attack|bite|chop|club|cut|fire|hit|hurl|jab|kick|knife|punch|shoot|slap|slash|smash|spear|"
    r"stab|strike|swing|throw|thrust|toss)\b"
)
_HITS = re.compile(
    r"(?:hits?|strikes?|bites?|pierces?|stabs?|cuts?|catches|slices?|(?:goes|go|sinks?|digs?|drives?|cuts?|"
    r"flies|bites?) (?:right |straight |deep )?(?:in|into|through|to)|lands? (?:on|in)|sticks? in) "
    r"(?P<object>[a-z'’ ]+)",
    re.IGNORECASE,
)
_NO_EFFECT = re.compile(
    r" and (?:bends?|bounces?|breaks?|comes? back|falls?|glances?|slides?|slips?)\b"
)
"""What hits, and does no harm."""

_VERBS = re.compile(r"(?:is|are|was|do|does|has|have|can|cannot|not|[a-z]+n['’]t)\Z")
_PARTS_OF_BODY = re.compile(rf"(?:his|her|its|their|the) (?:[a-z]+ )?{_PART}\b")


def contradicts_roll(action: str, reply: str) -> bool:
    """Return whether the roll at the end of `action` has failed, and `reply` tells a success.

    A reply that does not begin as the game lets a failed one begin contradicts nothing.
    """
    outcome = outcome_of(action)
    if outcome is None or outcome.is_success:
        return False
    found = _FAILED.match(reply)
    return found is not None and _succeeds(found["tried"], found["clause"])


def _succeeds(tried: str, clause: str) -> bool:
    """Return whether what follows `but` is what somebody tried: `cut the rope`, `it breaks`."""
    aim = _INSTRUMENT.sub("", tried)
    has_instrument = aim != tried
    for subject, rest in _subjects(clause, _words(aim)):
        if _is_hit(tried, subject, rest):
            return True
        if has_instrument and subject == "it" and "it" not in _words(aim):
            continue  # the knife may break, and not the rope
        if any(_has_effect(each, aim, subject, rest) for each in _EFFECTS):
            return True
    return False


def _has_effect(effect: _Effect, aim: str, subject: str, rest: str) -> bool:
    is_tried = re.match(rf"(?:{effect.verbs})\b", aim)
    is_aim = subject in (*effect.pronouns, *effect.means, *_words(aim))
    return bool(is_tried) and is_aim and re.match(effect.effect, rest) is not None


def _is_hit(tried: str, subject: str, rest: str) -> bool:
    """Return whether a thing hits what the blow was aimed at, or a part of a body."""
    if subject in _LIVING or not _BLOW.match(tried):
        return False
    found = _HITS.match(rest)
    if found is None or _NO_EFFECT.search(rest):
        return False
    named = [word for word in _words(found["object"]) if word not in _DETERMINERS]
    aimed = set(_words(_BEYOND.sub("", _INSTRUMENT.sub("", tried)))) - {subject}
    return bool(
        _PARTS_OF_BODY.match(found["object"])
        or found["object"].split(" ")[0] in ("him", "her", "them")
        or (named and named[0] in aimed)
    )


def _subjects(clause: str, aim: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each subject with which `clause` may begin, and what follows it, in lower case."""
    words = clause.lower().split(" ")
    first = words[0]
    if first in {*_LIVING, *_THINGS}:
        yield first, " ".join(words[1:])
    elif first in _DETERMINERS:
        for end in (2, 3):
            noun = words[min(end, len(words)) - 1]
            if not _VERBS.match(noun):
                yield noun, " ".join(words[end:])
    elif first in aim:
        yield first, " ".join(words[1:])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]
