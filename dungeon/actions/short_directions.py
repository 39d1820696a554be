"""Write the short forms of directions out: `go n` → `go north`, `n, n, e` → `go north, …`."""

import re

from dungeon.actions.verbs import ABBREVIATIONS

_WAYS = {
    short: full.removeprefix("go ")
    for short, full in ABBREVIATIONS.items()
    if full.startswith("go ")
}
_WAY = rf"(?:{'|'.join(sorted(_WAYS, key=len, reverse=True))})"
_LIST = re.compile(rf"{_WAY}(?:(?:\s*[,.;]\s*|\s+)(?:(?:and|then)\s+)?{_WAY})+[.!]?", re.IGNORECASE)
_GONE = re.compile(
    r"\b(?P<verb>climb|crawl|fly|go|head|move|ride|run|sail|sneak|swim|travel|turn|walk)\s+"
    rf"(?P<way>{_WAY})(?=\s*(?:$|[,.;!?])|\s+(?:and|along|into|past|then|through|to|until)\b)",
    re.IGNORECASE,
)


def expand_directions(line: str) -> str:
    """Return `line` with short directions written out: all of it is some, or one is gone."""
    if _LIST.fullmatch(line):
        ways = [_WAYS[way.lower()] for way in re.findall(rf"\b{_WAY}\b", line, re.IGNORECASE)]
        return f"go {', then '.join(ways)}"
    return _GONE.sub(lambda found: f"{found['verb']} {_WAYS[found['way'].lower()]}", line)
