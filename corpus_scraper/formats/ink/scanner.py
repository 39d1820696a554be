"""Provides where things stand in a line of ink: outside braces, or between which.

Knows nothing of what the lines mean.
"""

import re
from collections.abc import Iterator

from corpus_scraper.formats.story_file import MAX_DEPTH


class Broken(ValueError):
    """A line that ink itself would refuse."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def split(text: str, mark: str) -> list[str]:
    """Return `text` parted at each `mark` outside braces."""
    pieces, begin = [], 0
    for position in top_levels(text, mark):
        pieces.append(text[begin:position])
        begin = position + len(mark)
    return [*pieces, text[begin:]]


def top_level(text: str, marks: str) -> int:
    """Return where one of `marks` first stands outside braces; -1 where none does."""
    return next(top_levels(text, marks), -1)


_MARKS = re.compile(r"\\.|[{}]|->|\|\||[|:\[]", re.DOTALL)


def top_levels(text: str, marks: str) -> Iterator[int]:
    """Yield where one of the characters of `marks`, or the arrow `->`, stands outside braces.

    `||` is an operator, not two bars.
    """
    wanted = {marks} if marks == "->" else set(marks)
    depth = 0
    for found in _MARKS.finditer(text):
        mark = found.group()
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
        elif depth == 0 and mark in wanted:
            yield found.start()


_BRACES = re.compile(r"[{}]")
_COMMENT = re.compile(r"(?<!:)//[^\n]*|/\*")


def closing(text: str, opening: int, number: int) -> int:
    """Return where the brace that is opened at `opening` is closed."""
    depth = 0
    for found in _BRACES.finditer(text, opening):
        depth += 1 if found.group() == "{" else -1
        if depth == 0:
            return found.start()
    raise Broken(number, "a brace is opened and never closed.")


def prepared(text: str) -> str:
    """Return a file's text without comments and escaped braces, its lines where they were.

    Raises Broken where braces are nested too deeply.
    """
    text = text.replace("\\{", "(").replace("\\}", ")")
    text = _without_comments(text)
    depth = 0
    for found in _BRACES.finditer(text):
        depth = depth + 1 if found.group() == "{" else max(depth - 1, 0)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, found.start()) + 1
            raise Broken(line, f"braces are nested more than {MAX_DEPTH} deep.")
    return text


def _without_comments(text: str) -> str:
    kept: list[str] = []
    position = 0
    while found := _COMMENT.search(text, position):
        kept.append(text[position : found.start()])
        position = found.end()
        if found.group() != "/*":
            continue
        end = text.find("*/", position)
        if end < 0:
            line = text.count("\n", 0, position) + 1
            raise Broken(line, "a comment is opened and never closed.")
        kept.append("\n" * text.count("\n", position, end))
        position = end + 2
    return "".join(kept) + text[position:]
