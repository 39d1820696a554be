"""Join the lines of text that was hard-wrapped to a fixed width."""

import itertools
import re

MAX_WIDTH = 100
"""Characters of the longest line in a wrapped text; text with longer lines is not wrapped."""

MIN_WIDTH = 40
"""Characters; a text whose longest line is shorter is verse, or a list."""

SLACK = 14
"""Characters before the edge where a line may still be wrapped: old programs broke early."""

_MAX_WORD = 30

_ITEM = re.compile(r"\d{1,2}[.)] \S|[*•] \S")
"""An item of a list or a menu."""


def unwrap_lines(text: str) -> str:
    """Return `text` with line breaks removed where they come from wrapping.

    Blank lines stay, as do breaks after short lines and before indented ones and items: verse, room
    names, lists. Text that is not wrapped is returned unchanged.
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

    One line in a hundred may be longer: a URL, a table, a rule.
    """
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip())
    if not lengths:
        return 0
    width = lengths[min(len(lengths) - 1, len(lengths) * 99 // 100)]
    return width if MIN_WIDTH <= width <= MAX_WIDTH else 0


def _is_wrapped(before: str, line: str, width: int) -> bool:
    if not before.strip() or not line.strip() or line[0] in " \t>" or _ITEM.match(line):
        return False
    word = re.match(r"\S+", line)
    room = width - len(before.rstrip()) - 1
    return room < min(len(word[0]) if word else 0, _MAX_WORD) + SLACK
