"""Find HTML tags in text, of any length and in linear time.

A quoted value may hold `<` and `>`, and an address with a whole picture in it.
"""

import re
from collections.abc import Iterator

_OPEN = re.compile(r"</?[A-Za-z]")
_MACRO = r"<<[^<>]{0,200}+>>"
"""A SugarCube macro, which may stand within a tag."""
_DOUBLE = rf"\"(?:[^\"<]++|{_MACRO}|<)*+(?:\"|\Z)"
_SINGLE = rf"'(?:[^'<]++|{_MACRO}|<)*+(?:'|\Z)"
_QUOTED = re.compile(rf"</?[A-Za-z](?:[^<>=]++|=[ \t\n]*+(?:{_DOUBLE}|{_SINGLE})?+|{_MACRO})*+")
_PLAIN = re.compile(rf"</?[A-Za-z](?:[^<>]++|{_MACRO})*+")


def tag_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each tag.

    A tag whose quotation marks do not pair ends at the next `>`. What is never closed is no tag.
    """
    wasted, position, last = 0, 0, text.rfind(">")
    while opening := _OPEN.search(text, position, last + 1):
        start = opening.start()
        end = 0
        if wasted <= len(text):  # tags made to be searched again and again are read as plain
            end = _closed_end(_QUOTED, text, start)
            wasted += -end if end < 0 else 0
        if end <= 0:
            end = _closed_end(_PLAIN, text, start)
        if end > 0:
            yield start, end
        position = end if end > 0 else opening.end()


def _closed_end(tag: re.Pattern[str], text: str, start: int) -> int:
    """Return the end of the tag at `start`; where it has none, the negative of its length."""
    found = tag.match(text, start)
    end = found.end() if found else start + 1
    return end + 1 if text.startswith(">", end) else start - end
