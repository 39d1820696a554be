"""Score a line that the model wrote for the player: is it something to do, here?

By lists of English words. A line in another language is not refused, but one that they know goes
before it.
"""

import re
from collections.abc import Set
from dataclasses import dataclass
from enum import IntEnum

from dungeon.actions import parse_action
from dungeon.actions.verbs import LONE_VERBS, VERBS
from dungeon.actions.words import WORD
from dungeon.memory.retrieval import informative_words
from dungeon.story import Action, Kind
from dungeon.text import safety

_STATES = frozenset(
    """
    are aren't be can can't could couldn't did didn't do don't feel find found get got had have
    haven't hear know may might must need notice remember see seem should think want was were will
    won't would wonder
    """.split()
)
"""Verbs of what happens to somebody, or of what comes of an action: nobody does them."""
_SPEAKING = frozenset("ask beg call tell warn".split())
_ABOUT = re.compile(
    r"\b(?:about|for|to|if|whether|why|how|where|what|who|when|which)\b|[\"“]", re.IGNORECASE
)
_OPENED = frozenset(
    """
    bag basket book bottle box boxes cabinet case casket cellar chest coffin cupboard cupboards door
    doors drawer drawers envelope gate gates hatch jar letter lid lock locker parcel purse sack safe
    shutter shutters suitcase tin trapdoor trunk wardrobe window windows
    """.split()
)
_IDIOM = re.compile(
    r"\b(?:your|his|her|their) (?:arms?|breath|ears?|eyes?|feet|foot|hair|hands?|head|mind|mouth|"
    r"name|nose|own|seat|time|turn|way)\b|"
    r"\ba (?:bit|breath|deep|look|moment|nap|seat|step|while)\b",
    re.IGNORECASE,
)
"""Done in passing, and of no consequence."""
_OUTCOME = re.compile(
    r"(?:,\s+(?:and|but|so|then)\b|"
    r",?\s+(?:and|but|so) (?:he|her|his|it|she|the|there|they|your?)\b).*",
    re.IGNORECASE,
)
"""What comes of the action, which is for the reply to say."""
_UNFINISHED = re.compile(
    r"(?:,|\b(?:a|about|an|and|as|at|because|but|for|from|her|his|into|my|of|or|that|the|their|to|"
    r"until|when|with|your))\W*\Z",
    re.IGNORECASE,
)
_MIN_SPOKEN = 4
"""The fewest words of a speech that is suggested."""


class Relevance(IntEnum):
    """How well an action fits the story; a better one is greater."""

    UNKNOWN = 0
    """In words that are not in the lists."""
    VAGUE = 1
    """Names nothing of the story."""
    GOOD = 2


@dataclass(frozen=True, slots=True)
class ScoredAction:
    """A suggested action."""

    action: Action
    relevance: Relevance
    verb: str
    things: frozenset[str]
    """What it names of the story."""

    def resembles(self, other: "ScoredAction") -> bool:
        """Whether both do the same, or do something with the same things."""
        return self.verb == other.verb or bool(self.things and self.things == other.things)


def is_state(verb: str) -> bool:
    """Return whether a line with this verb behind `You` is never suggested."""
    return verb.lower().replace("’", "'") in _STATES


def score_line(line: str, story_words: Set[str]) -> ScoredAction | None:
    """Return the action in a line that begins with `You`, or None where it is none to suggest.

    `story_words` are those that the last paragraphs have.
    """
    action = parse_action(_OUTCOME.sub("", line), Kind.DO)
    words = [word.lower() for word in WORD.findall(action.text)[1:]]
    while words and words[0].endswith("ly"):
        del words[0]
    if not words or action.kind not in (Kind.DO, Kind.SAY) or safety.violates(action.text):
        return None
    verb = words[0]
    if is_state(verb) or _IDIOM.search(action.text) or _UNFINISHED.search(line):
        return None
    things = frozenset(informative_words(" ".join(words[1:]))) & story_words
    if '"' in action.text or verb == "say":
        is_talk = len(words) > _MIN_SPOKEN and things
        return ScoredAction(action, Relevance.GOOD, verb, things) if is_talk else None
    if verb in _SPEAKING and not _ABOUT.search(" ".join(words[1:])):
        return None
    if verb == "open" and not _OPENED & set(words):
        return None
    if verb not in VERBS | LONE_VERBS:
        return ScoredAction(action, Relevance.UNKNOWN, verb, things)
    return ScoredAction(action, Relevance.GOOD if things else Relevance.VAGUE, verb, things)
