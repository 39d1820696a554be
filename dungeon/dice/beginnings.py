"""How the reply to an action begins that was rolled for: with the outcome.

The default model carries out a failure that it only reads in one reply of three; a reply that
begins with it cannot but go on from there. A failure goes on within its sentence, since nothing
would come of it otherwise; a success is told whole, since the model knows better how to go on with
a new sentence (docs/dice.md has the figures).
"""

import re

from dungeon.dice.roll import Outcome, outcome_of, without_roll
from dungeon.text.phrases import NOTHING_BANNED, BannedPhrases
from dungeon.text.quotations import quoted_spans
from dungeon.text.sentences import split_sentences

MAX_LENGTH = 90
"""Characters of what was tried, above which the reply names the outcome alone."""

_TRIED = re.compile(r"You (?:(?:try|attempt) to |try and )?(?P<what>[a-z].*)")
_NOT_TRIED = re.compile(
    r"(?:are|were|was|am|is|will|would|shall|should|can|could|may|might|must|have been|never|not)\b"
    r"|(?:do|does|did|wo|ca|is|are|could|would|should|have|has) ?n[o'’]?t\b|cannot\b"
)
_FORMS = {
    Outcome.FAILS_BADLY: "You try to {what}, but it goes badly wrong, and",
    Outcome.FAILS: "You try to {what}, but",
    Outcome.SUCCEEDS: "You {what}.",
    Outcome.SUCCEEDS_BRILLIANTLY: "With brilliant luck you {what}.",
}
_SHORT = {
    Outcome.FAILS_BADLY: "You fail badly, and",
    Outcome.FAILS: "You fail, and",
    Outcome.SUCCEEDS: "You succeed.",
    Outcome.SUCCEEDS_BRILLIANTLY: "You succeed brilliantly.",
}


def reply_beginning(action: str, banned: BannedPhrases = NOTHING_BANNED) -> str:
    """Return how the reply to `action` begins; empty where nothing was rolled for.

    `You jump over the gap. (You roll 6 of 20 and fail.)` → `You try to jump over the gap, but`.
    What is no action in English in second person has no beginning. The outcome alone is named where
    what was tried has a phrase that is `banned`.
    """
    outcome = outcome_of(action)
    what = _what_is_tried(without_roll(action)) if outcome else ""
    if outcome is None or not what:
        return ""
    beginning = _FORMS[outcome].format(what=what)
    can_be_told = _can_be_repeated(what) and not _has_banned(beginning, banned)
    return beginning if can_be_told else _SHORT[outcome]


def done_beginning(action: str, banned: BannedPhrases = NOTHING_BANNED) -> str:
    """Return how a reply begins that says what comes of an action: `You take the lamp.`

    Empty where the action is long, has a phrase that is `banned`, or is none in English in second
    person.
    """
    what = _what_is_tried(action)
    beginning = f"You {what}." if what and _can_be_repeated(what) else ""
    return "" if _has_banned(beginning, banned) else beginning


def tried_sentence(action: str) -> str:
    """Return an action, rolled for or not, as one that was only tried: `You try to take the lamp.`

    Empty where it is long, or none in English in second person.
    """
    what = _what_is_tried(without_roll(action))
    return f"You try to {what}." if what and _can_be_repeated(what) else ""


def _has_banned(beginning: str, banned: BannedPhrases) -> bool:
    return banned.scan(beginning, is_whole=True).phrase_start is not None


def _can_be_repeated(what: str) -> bool:
    """Return whether what was tried is short, and no speech."""
    return len(what) <= MAX_LENGTH and not any(quoted_spans(what))


def _what_is_tried(action: str) -> str:
    """Return the first sentence of an action without its subject: `jump over the gap`."""
    sentences = split_sentences(action)
    first = sentences[0].text if sentences else ""
    tried = _TRIED.fullmatch(first.rstrip(".!?… "))
    return "" if tried is None or _NOT_TRIED.match(tried["what"]) else tried["what"]
