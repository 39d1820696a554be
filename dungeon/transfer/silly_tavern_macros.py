"""What stands in the texts of SillyTavern for the character and for the player."""

import re

USER = re.compile(r"\{\{user\}\}|<user>", re.IGNORECASE)
_CHARACTER = re.compile(r"\{\{char\}\}|<bot>", re.IGNORECASE)


def replace_character(text: str, name: str) -> str:
    """Return the text with the character's name in it."""
    return _CHARACTER.sub(lambda _: name, text)
