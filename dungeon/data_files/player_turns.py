"""Tell which messages of a user are actions of the player, and write those as action lines.

What is no action is prose or an instruction: `Write a story about a dragon.`
"""

import re

from dungeon.actions import parse_action
from dungeon.actions.verbs import ABBREVIATIONS, DIRECTIONS, SUBJECTS, VERBS
from dungeon.story import Kind

MAX_ACTION = 300
"""Characters of an action; longer messages are prose."""

_CONTINUES = re.compile(
    r"(?:please )?(?:continue|go on|keep going|next|more|proceed)(?: the story)?[.!… ]*", re.I
)
_ASKS_THE_MODEL = re.compile(
    r"(?:please|kindly|let['’]s|imagine|pretend|act as|roleplay|"
    r"(?:can|could|would|will) you|i (?:want|need|would like|['’]d like) you to|"
    r"you (?:are|will|must|should|['’]re)|"
    r"(?:write|generate|create|compose|describe|summari[sz]e|translate|explain|rewrite|continue|"
    r"give|tell|make|start|begin|play)(?: me| us)? (?:a|an|the|this|some|another|your)? ?"
    r"(?:\w+ ){0,4}?(?:story|stories|adventure|tale|scene|game|poem|text|character|setting|"
    r"paragraph|dialogue|prompt|summary|narrative|chapter))\b",
    re.IGNORECASE,
)
_PLAYER = frozenset({"i", "you", "we", "i'm", "i’m", "i'll", "i’ll", "i've", "i’ve", "let"})
_ARTICLES = frozenset("a an the my your his her its their this that at on in into to with".split())


def continues_only(text: str) -> bool:
    """Return whether a message only asks for more of the story."""
    return _CONTINUES.fullmatch(text) is not None


def to_action_text(text: str, *, opens: bool = False) -> str:
    """Return a message as the game writes an action: `You open the door.`; "" where it is none.

    `opens` says that nothing is told yet: what asks for a story then is its premise.
    """
    text = text.lstrip("> ")
    if len(text) > MAX_ACTION or "\n" in text or not _reads_as_action(text, opens=opens):
        return ""
    action = parse_action(text, is_command=True)
    return action.text if action.kind in (Kind.DO, Kind.SAY) else ""


def _reads_as_action(text: str, *, opens: bool) -> bool:
    if _ASKS_THE_MODEL.match(text) and (opens or not text.casefold().startswith("you")):
        return False
    words = text.casefold().strip("*_ ").split()
    if not words:
        return False
    first = words[0].strip(".,;:!?…*_")
    if text[0] in "\"“'‘" or text.endswith("?") or first in _PLAYER:
        return True
    if first in SUBJECTS:
        return False
    if first in VERBS or first in DIRECTIONS or first in ABBREVIATIONS or len(words) == 1:
        return True
    return words[1] in _ARTICLES  # parry the blow
