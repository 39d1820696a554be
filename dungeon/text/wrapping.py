"""Wrap lines at words for a terminal: plain ones, and those with columns, as lists have them."""

import re
import shutil
import textwrap
from typing import TextIO

MAX_WIDTH = 80
"""Columns of prose; longer lines are hard to read."""

_COLUMN = re.compile(r"(?<=\S)\s{2,}(?=\S)")
_LEAD = re.compile(r"\s*(?:> )?")
"""What a player's line begins with, too: it goes on below its first word."""
_INDENT = 4
"""Columns by which a line is indented that goes on where it has no columns of its own."""


def terminal_width(limit: int | None = MAX_WIDTH) -> int:
    """Return the columns that a line may have; the last one stays free, where terminals wrap."""
    columns = shutil.get_terminal_size().columns - 1
    return max(min(columns, limit) if limit else columns, 1)


def wrap_for(out: TextIO, text: str, limit: int | None = MAX_WIDTH) -> str:
    """Return `text` wrapped where `out` is a terminal, and as it is elsewhere."""
    return wrap_lines(text, terminal_width(limit)) if out.isatty() else text


def wrap_lines(text: str, width: int) -> str:
    """Return `text` with every line wrapped at words; none is cut, however long.

    A line with columns goes on below its last one, or begins that on a line of its own where
    the width is small.
    """
    return "\n".join(part for line in text.split("\n") for part in _wrap(line, width))


def _wrap(line: str, width: int) -> list[str]:
    if len(line) <= width or not line.strip():
        return [line[:width]]
    lead = _LEAD.match(line)
    indent = lead.end() if lead else 0
    columns = [match for match in _COLUMN.finditer(line) if match.end() <= width]
    fitting = [match.end() for match in columns if match.end() <= width // 2]
    if columns and not fitting:
        first = columns[0]
        rest = " " * (indent + _INDENT) + line[first.end() :]
        return [line[: first.start()], *_fill(rest, width, indent + _INDENT)]
    return _fill(line, width, fitting[-1] if fitting else indent)


def _fill(line: str, width: int, indent: int) -> list[str]:
    indent = indent if indent < width // 2 else 0
    return textwrap.wrap(
        line,
        width,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
