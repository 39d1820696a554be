"""What stands in the texts of SillyTavern for the character and for the player."""

import re

MAX_TEXT = 200_000
"""Characters of a text that are read; of no text has a scenario room for a tenth of that."""

_MAX_NAME = 80
"""Characters of a name: a text may have it ten thousand times."""

USER = re.compile(r"\{\{user\}\}|<user>", re.IGNORECASE)
_CHARACTER = re.compile(r"\{\{char\}\}|<bot>", re.IGNORECASE)


def replace_character(text: str, name: str) -> str:
    """Return the text with the character's name in it."""
    return _CHARACTER.sub(lambda _: name[:_MAX_NAME], text)
