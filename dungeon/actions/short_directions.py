"""Write the short forms of directions out: `go n` → `go north`, `n, n, e` → `go north, …`."""

import re

from dungeon.actions.verbs import ABBREVIATIONS

_WAYS = {
    short: full.removeprefix("go ")
    for short, full in ABBREVIATIONS.items()
    if full.startswith("go ")
}
_WAY = rf"(?:{'|'.join(sorted(_WAYS, key=len, reverse=True))})"
_WAY_ALONE = re.compile(rf"\b{_WAY}\b", re.IGNORECASE)
_LINK = r"(?:\s*[,.;]\s*|\s+)(?:(?:and|then)\s+)*"
_LIST = re.compile(rf"{_WAY}(?:{_LINK}{_WAY})+[.!]?", re.IGNORECASE)
_GONE = re.compile(
    r"\b(?P<verb>climb|crawl|fly|go|head|move|ride|run|sail|sneak|swim|travel|turn|walk)\s+"
    rf"(?P<ways>{_WAY}(?:{_LINK}{_WAY})*)"
    r"(?=\s*(?:$|[,.;!?])|\s+(?:and|along|into|past|then|through|to|until)\b)",
    re.IGNORECASE,
)


def expand_directions(line: str) -> str:
    """Return `line` with short directions written out: all of it is some, or some are gone."""
    if _LIST.fullmatch(line):
        return f"go {', then '.join(_WAYS[way.lower()] for way in _WAY_ALONE.findall(line))}"
    return _GONE.sub(lambda found: f"{found['verb']} {_in_full(found['ways'])}", line)


def _in_full(ways: str) -> str:
    return _WAY_ALONE.sub(lambda way: _WAYS[way[0].lower()], ways)
