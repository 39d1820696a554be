"""The words of a text, as replies are compared."""

import re

_WORD = re.compile(r"\w+(?:['’]\w+)*")


def words_of(text: str) -> list[str]:
    """Return the words of `text` in small letters, those with an apostrophe whole."""
    return _WORD.findall(text.casefold())
