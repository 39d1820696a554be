"""Write an adventure as Markdown: its title, its prose, and each action as a quotation."""

import re

from dungeon.story import Adventure
from dungeon.transcript import ActionLine
from dungeon.transfer.formats import Format

_SPECIAL = re.compile(r"([\\`*_\[\]<>&#|~])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)])", re.MULTILINE)


def write(adventure: Adventure) -> str:
    """Return the story from its opening to the head, as Markdown that shows the same words."""
    blocks = [block for turn in adventure.path() for block in turn.blocks() if block.text.strip()]
    told = (
        f"> {_escape(' '.join(block.text.split()))}"
        if isinstance(block, ActionLine)
        else _escape(block.text.strip())
        for block in blocks
    )
    return "\n\n".join([f"# {_escape(adventure.title)}", *told]) + "\n"


def _escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it is, with no heading, list or HTML in it."""
    escaped = _SPECIAL.sub(r"\\\1", text)
    return _LINE_START.sub(_escape_start, escaped)


def _escape_start(match: re.Match[str]) -> str:
    mark = match[2]
    return f"{match[1].replace(' ', '')}{mark[:-1]}\\{mark[-1]}"


FORMAT = Format(
    "markdown",
    "Markdown",
    write=lambda adventure: write(adventure).encode(),
    summary="the story as Markdown",
    extension="md",
)
