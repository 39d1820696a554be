"""How the reply to an action begins that was rolled for: with the outcome.

The default model carries out a failure that it only reads in one reply of three; a reply that
begins with it cannot but go on from there. A failure goes on within its sentence, since nothing
would come of it otherwise; a success is told whole, since the model knows better how to go on with
a new sentence (docs/dice.md has the figures).
"""

import re
from dataclasses import dataclass

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
    Outcome.SUCCEEDS: "You {what}{end}",
    Outcome.SUCCEEDS_BRILLIANTLY: "With brilliant luck you {what}{end}",
}
_SHORT = {
    Outcome.FAILS_BADLY: "You fail badly, and",
    Outcome.FAILS: "You fail, and",
    Outcome.SUCCEEDS: "You succeed.",
    Outcome.SUCCEEDS_BRILLIANTLY: "You succeed brilliantly.",
}

_MARKS = ".!?… "
"""What a sentence may end with."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """What an action tells, without its subject."""

    what: str
    """`jump over the gap`."""
    end: str
    """How a sentence of it ends: with the action's exclamation mark or else a full stop, since what
    has happened is no question."""

    @property
    def can_be_repeated(self) -> bool:
        """Whether it is short, and no speech."""
        return len(self.what) <= MAX_LENGTH and not any(quoted_spans(self.what))


def reply_beginning(action: str, banned: BannedPhrases = NOTHING_BANNED) -> str:
    """Return how the reply to `action` begins; empty where nothing was rolled for.

    `You jump over the gap. (You roll 6 of 20 and fail.)` → `You try to jump over the gap, but`.
    What is no action in English in second person has no beginning. The outcome alone is named where
    what was tried has a phrase that is `banned`.
    """
    outcome = outcome_of(action)
    tried = _find_tried(without_roll(action)) if outcome else None
    if outcome is None or tried is None:
        return ""
    beginning = _FORMS[outcome].format(what=tried.what, end=tried.end)
    can_be_told = tried.can_be_repeated and not _has_banned(beginning, banned)
    return beginning if can_be_told else _SHORT[outcome]


def done_beginning(action: str, banned: BannedPhrases = NOTHING_BANNED) -> str:
    """Return how a reply begins that says what comes of an action: `You take the lamp.`

    Empty where the action is long, has a phrase that is `banned`, or is none in English in second
    person.
    """
    tried = _find_tried(action)
    if tried is None or not tried.can_be_repeated:
        return ""
    beginning = f"You {tried.what}{tried.end}"
    return "" if _has_banned(beginning, banned) else beginning


def tried_sentence(action: str) -> str:
    """Return an action, rolled for or not, as one that was only tried: `You try to take the lamp.`

    Empty where it is long, or none in English in second person.
    """
    tried = _find_tried(without_roll(action))
    if tried is None or not tried.can_be_repeated:
        return ""
    return f"You try to {tried.what}{tried.end}"


def _has_banned(beginning: str, banned: BannedPhrases) -> bool:
    return banned.scan(beginning, is_whole=True).phrase_start is not None


def _find_tried(action: str) -> _Tried | None:
    """Return what the first sentence of an action tells; None where that is no action."""
    sentences = split_sentences(action)
    first = sentences[0].text if sentences else ""
    told = first.rstrip(_MARKS)
    tried = _TRIED.fullmatch(told)
    if tried is None or _NOT_TRIED.match(tried["what"]):
        return None
    return _Tried(tried["what"], "!" if "!" in first[len(told) :] else ".")
