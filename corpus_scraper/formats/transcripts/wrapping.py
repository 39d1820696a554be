"""Provides the paragraphs of a text that was broken into lines of a certain width.

A break that only the width asked for becomes a space; one that the author meant stays. Knows
nothing of what the text tells.
"""

import itertools
import re

MAX_WIDTH = 100
"""Characters of the longest line in a text that somebody wrapped; wider ones wrap on the screen."""

MIN_WIDTH = 40
"""A text whose longest line is shorter than this is verse, or a list."""

SLACK = 14
"""How far before the edge a line may end for want of room: old programs broke early."""

_LONGEST_WORD = 30


def unwrap_lines(text: str) -> str:
    """Return `text` with the lines of each paragraph joined where only their width parted them.

    Blank lines stay, and so do breaks after short lines and before indented ones: verse, room
    names, lists. A text that is not wrapped at all comes back as it is.
    """
    lines = text.split("\n")
    width = _width(lines)
    if not width:
        return text
    paragraphs = [[lines[0]]]
    for before, line in itertools.pairwise(lines):
        if _is_wrapped(before, line, width):
            paragraphs[-1][-1] = before.rstrip()
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
    return "\n".join(map(" ".join, paragraphs))


def _width(lines: list[str]) -> int:
    """Return the width that the text was wrapped to, or 0.

    A line in a hundred may stick out: an address, a table, a rule.
    """
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip())
    if not lengths:
        return 0
    width = lengths[min(len(lengths) - 1, len(lengths) * 99 // 100)]
    return width if MIN_WIDTH <= width <= MAX_WIDTH else 0


def _is_wrapped(before: str, line: str, width: int) -> bool:
    if not before.strip() or not line.strip() or line[0] in " \t>":
        return False
    word = re.match(r"\S+", line)
    room = width - len(before.rstrip()) - 1
    return room < min(len(word[0]) if word else 0, _LONGEST_WORD) + SLACK
