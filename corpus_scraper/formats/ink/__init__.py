"""Stories written in ink: what the readers of its source and of its compiled form share."""

import re
from collections.abc import Mapping

FALLBACK_CONDITION = "nothing else is left"
"""The condition of a fallback choice, which ink takes when no other choice is available."""

_WORD = re.compile(r"[^\W\d_]{3,}|[—–-](?= )")
_SUFFIXES = frozenset("ers est ful ier ies ing ish ily less like ment ness n't teen".split())
_PREFIX = re.compile(r"(?:^|[\W\d_])(?:dis|fore|in|im|mis|out|over|re|un|up)$", re.IGNORECASE)
_VARIABLE_ALONE = re.compile(r"(not |!)? ?\(?(\w+)\)?")


def constant_condition(condition: str, constants: Mapping[str, bool]) -> bool | None:
    """Return the value of a condition on a variable that never changes; None for any other.

    Such variables turn on what is not for players: `{DEBUG: …}`.
    """
    variable = _VARIABLE_ALONE.fullmatch(condition)
    if variable is None or variable[2] not in constants:
        return None
    return constants[variable[2]] != bool(variable[1])


def separate_words(before: str, text: str) -> str:
    """Return `text`, which follows `before`, with a space in front where two words would join.

    `I answer{proud:smartly}` shows no space to a player either: its author overlooked it, and old
    compilers lost it. `door{many:s}` and `un{happy|lucky}` are one word.
    """
    word = _WORD.match(text)
    if not word or not before[-1:].isalpha() or word[0].lower() in _SUFFIXES:
        return text
    return text if _PREFIX.search(before[-9:]) else f" {text}"
