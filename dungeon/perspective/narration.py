"""Detect narration in second person (`you`) and in first person (`I`)."""

import re

from dungeon.quotations import replace_quotations

_YOU = re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)
_I = re.compile(r"(?<!\.)\b(?:I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|[Oo]ur|us)\b(?!\.)")  # not an initial
_NARRATOR = re.compile(r"\W*(?:I|We|My|Our)\b")
_QUOTES_A_TEXT = re.compile(r":\s")
"""A thought, a letter or a sign may say I: `You think: I must be mad.`"""


def is_second_person(opening: str) -> bool:
    """Return whether a story with this opening is in second person, without a narrator."""
    narration = replace_quotations(opening, " ")
    return bool(_YOU.search(narration)) and not _I.search(narration)


def is_first_person(sentence: str) -> bool:
    """Return whether the narrator of `sentence` speaks of himself and not of the player."""
    narration = replace_quotations(sentence, " ")
    if _QUOTES_A_TEXT.search(sentence) or not _I.search(narration):
        return False
    return bool(_NARRATOR.match(narration)) or not _YOU.search(narration)
