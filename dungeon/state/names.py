"""Tell whether a word that a player typed may be somebody's name."""

import re
from collections.abc import Sequence

from dungeon.state.phrases import TITLED
from dungeon.story import Turn

_TITLED = re.compile(TITLED)
_ARTICLE = re.compile(r"(?:the|an?) ", re.IGNORECASE)
_RECENT_TURNS = 200
"""Turns in which a name is looked for."""


def may_be_a_name(typed: str, turns: Sequence[Turn]) -> bool:
    """Return whether `typed` has a name's capitals, or the story writes it with a capital within
    its sentences.
    """
    if _ARTICLE.match(typed):
        return False
    if _TITLED.fullmatch(typed):
        return True
    name = r"\s+".join(re.escape(word) for word in typed.title().split())
    within = re.compile(rf"[a-z,;] {name}\b")
    return any(within.search(turn.prose) for turn in turns[-_RECENT_TURNS:])
