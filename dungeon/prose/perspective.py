"""Provides who a story is told to, and by whom: `you`, or somebody who says `I`.

What is said in quotation marks tells nothing of that. Knows nothing of streams.
"""

import re

_SAID = re.compile(r"[\"“«][^\"“”«»]*[\"”»]?|(?<!\w)['‘].+?(?:['’](?!\w)|$)")
_YOU = re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)
_I = re.compile(r"(?<!\.)\b(?:I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|[Oo]ur|us)\b(?!\.)")  # not an initial
_TELLER = re.compile(r"\W*(?:I|We|My|Our)\b")
_LED_UP_TO = re.compile(r":\s")
"""A thought, a letter or a sign may say I: `You think: I must be mad.`"""


def is_second_person(opening: str) -> bool:
    """Return whether a story that opens so is told in second person, and by nobody in it."""
    narration = _SAID.sub(" ", opening)
    return bool(_YOU.search(narration)) and not _I.search(narration)


def is_first_person(sentence: str) -> bool:
    """Return whether the narrator of `sentence` speaks of himself and not of the player."""
    narration = _SAID.sub(" ", sentence)
    if _LED_UP_TO.search(sentence) or not _I.search(narration):
        return False
    return bool(_TELLER.match(narration)) or not _YOU.search(narration)
