"""Provides what the reader of ink's source and the reader of its compiled form have to agree on.

Knows nothing of either form.
"""

import re
from collections.abc import Mapping

NOTHING_LEFT = "nothing else is left"
"""The condition of the way that ink takes when no choice can be offered."""

_WORD = re.compile(r"[^\W\d_]{3,}|[—–-](?= )")
_WORD_ENDINGS = frozenset("ers est ful ier ies ing ish ily less like ment ness n't teen".split())
_WORD_BEGINNINGS = re.compile(
    r"(?:^|[\W\d_])(?:dis|fore|in|im|mis|out|over|re|un|up)$", re.IGNORECASE
)
_NEVER_CHANGED = re.compile(r"(not |!)? ?\(?(\w+)\)?")


def truth(condition: str, fixed: Mapping[str, bool]) -> bool | None:
    """Return whether a condition holds that asks for a variable which never changes.

    None for any other condition. Such variables switch on what is not for players: `{DEBUG: …}`.
    """
    asked = _NEVER_CHANGED.fullmatch(condition)
    if asked is None or asked[2] not in fixed:
        return None
    return fixed[asked[2]] != bool(asked[1])


def spaced(before: str, wording: str) -> str:
    """Return a wording to be said after `before`, a space between where two words would meet.

    `I answer{proud:smartly}` shows no space to a player either; its author overlooked it, and old
    compilers lost it. `door{many:s}` and `un{happy|lucky}` are one word.
    """
    word = _WORD.match(wording)
    if not word or not before[-1:].isalpha() or word[0].lower() in _WORD_ENDINGS:
        return wording
    return wording if _WORD_BEGINNINGS.search(before[-9:]) else f" {wording}"
