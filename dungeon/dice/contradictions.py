"""Tell whether a reply lets an action succeed whose roll has failed.

The reply begins with `You try to cut the rope, but`, and a small model may still go on with `it
breaks`. Only plain cases are found: what was tried, and its usual effect on what it was aimed at.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from dungeon.dice.roll import outcome_of
from dungeon.dice.usual_effects import DEATH, USUAL_EFFECTS, UsualEffect

_FAILED = re.compile(
    r"You try to (?P<tried>[^.!?]+?), but (?:it goes badly wrong, and )?(?P<clause>[^.!?]*)"
)
_INSTRUMENT = re.compile(r" (?:with (?!all\b|full\b|great\b|care\b)|using ).*")
_THROWN = re.compile(
    r"(?P<verb>fire|hurl|jab|kick|shoot|stab|strike|swing|throw|thrust|toss) (?!at\b)(?P<thing>.+?)"
    r"(?: (?:at|into) (?P<target>.+))?"
)
_MISSILE = re.compile(
    r"(?:fire|hurl|swing|throw|thrust|toss)\b|"
    r"shoot .*\b(?:arrow|bolt|bow|bullet|crossbow|dart|gun|pistol|rifle)s?\Z"
)
"""What is done with the thing that is named first, and not to it."""

_HANDED = re.compile(r"(?:throw|toss)\b.* to\b")
_PARTICLE = re.compile(r"\A([a-z]+) off\b")
_BEYOND = re.compile(r" (?:through|out of|from|over|past|behind|under|across|into|off)\b.*")
"""What is behind these words is where the blow comes from, or goes to, and not what it is for."""

_TAKEN_FROM = re.compile(r" (?:off|from|out of)\b(?P<rest>.*)")

_WORDS = re.compile(r"[a-z]+(?:[-'’][a-z]+)*", re.IGNORECASE)
_DETERMINERS = frozenset("the a an his her its their your my this that these those".split())
_PRONOUNS = ("he", "she", "they", "it")
_PLAYER = frozenset("you your yours yourself".split())

_PART = (
    r"(?:head|face|eyes?|nose|mouth|neck|throat|ears?|arms?|hands?|fingers?|shoulders?|chest|heart|"
    r"side|back|belly|stomach|ribs?|legs?|knees?|feet|foot|toes?|tail|skin|flesh|body|skull|wings?)"
)
_SOMEBODY = (
    r"(?:him|them|her)(?=$| (?:across|and|at|between|full|hard|in|on|right|square|straight)\b)"
)
_BLOW = re.compile(
    r"(?:attack|bite|chop|club|cut|fire|hit|hurl|jab|kick|knife|punch|shoot|slap|slash|smash|spear|"
    r"stab|strike|swing|throw|thrust|toss)\b"
)
_CUT = re.compile(r"(?:chop|cut)\b(?!.*\b(?:him|them|her\Z|" + _PART + r")\b)")
"""Most of what is cut is a thing: a knife that hits somebody has slipped."""

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

_UNDONE = re.compile(
    r"\b(?:miss(?:es)?|goes out|dies out|slams?|shuts?|closes?|(?:gets?|stands?) (?:back )?up|"
    r"(?:falls?|moves?|rolls?|slides?) back|again|"
    r"(?:above|over|past) (?:him|her|his|it|its|them))\b"
)
"""What takes an effect back: it opens and closes again, he falls and the arrow goes over him."""

_NO_NOUN = re.compile(r"(?:is|are|was|do|does|has|have|can|cannot|not|[a-z]+n['’]t)\Z")
_PARTS_OF_BODY = re.compile(rf"(?:his|her|its|their|the) (?:[a-z]+ )?(?P<part>{_PART})\b")
_HITS_SOMEBODY = re.compile(_SOMEBODY)


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
    aim, names_tool = _aim_of(tried)
    aimed = set(_words(aim)) - _PLAYER
    if _UNDONE.search(clause):
        return False
    for subject, rest in _subjects(clause, aimed):
        may_be_tool = names_tool or subject != "it"
        if may_be_tool and not _HANDED.match(tried) and _is_hit(aim, subject, rest):
            return True
        if names_tool and subject == "it" and "it" not in aimed:
            effects: Iterable[UsualEffect] = (DEATH,)  # the knife may break, and not the rope
        else:
            effects = USUAL_EFFECTS
        if any(_has_effect(each, aim, subject, rest) for each in effects):
            return True
    return False


def _aim_of(tried: str) -> tuple[str, bool]:
    """Return what was tried without what it was done with, and whether that was named: `shoot the
    wolf` of `shoot an arrow at the wolf`.
    """
    aim = _INSTRUMENT.sub("", tried)
    thrown = _THROWN.fullmatch(aim)
    if thrown and (thrown["target"] or _MISSILE.match(aim)):
        return f"{thrown['verb']} {thrown['target'] or ''}".rstrip(), True
    return aim, aim != tried


def _has_effect(effect: UsualEffect, aim: str, subject: str, rest: str) -> bool:
    aimed = _words(aim)
    is_tried = re.match(rf"(?:{effect.verbs})\b", aim)
    found = re.match(effect.effect, rest)
    if not is_tried or not found or subject not in (*effect.pronouns, *effect.means, *aimed):
        return False
    return found.groupdict().get("named") in (None, *aimed)


def _is_hit(aim: str, subject: str, rest: str) -> bool:
    """Return whether a thing hits what the blow was aimed at, or a part of a body."""
    found = _HITS.match(rest)
    if not found or not _BLOW.match(aim) or _NO_EFFECT.search(rest):
        return False
    aim = _PARTICLE.sub(r"\1", aim)
    aimed = _words(_BEYOND.sub("", aim))
    if subject in (*_PRONOUNS[:3], *aimed):  # who was to be hit hits back
        return False
    part = _PARTS_OF_BODY.match(found["object"])
    if part or _HITS_SOMEBODY.match(found["object"]):
        return not _CUT.match(aim) and not (part and _is_taken_from(part["part"], aim))
    named = [word for word in _words(found["object"]) if word not in _DETERMINERS]
    return bool(named) and named[0] in aimed


def _is_taken_from(part: str, aim: str) -> bool:
    """Return whether something was to be shot or cut off a part of a body: an apple off a head."""
    found = _TAKEN_FROM.search(aim)
    return found is not None and part.rstrip("s") in {
        word.rstrip("s") for word in _words(found["rest"])
    }


def _subjects(clause: str, aimed: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each subject with which `clause` may begin, and what follows it, in lower case."""
    words = clause.lower().replace("no one ", "nobody ").split(" ")
    first = words[0]
    if first in (*_PRONOUNS, "nobody"):
        yield first, " ".join(words[1:])
    elif first in _DETERMINERS:
        for end in (2, 3):
            noun = words[min(end, len(words)) - 1]
            if not _NO_NOUN.match(noun):
                yield noun, " ".join(words[end:])
    elif first in aimed:
        yield first, " ".join(words[1:])


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]
