"""Provides a plain line for a pattern: the first of what it allows, without what it could miss.

`We (take|get) the( heavy)? arm.` is We take the arm. Reads only what people write to expect a line
of prose: groups, alternatives, `?`, `*`, `+` and sets. Knows nothing of transcripts.
"""

import re

from corpus_scraper.formats.placeholders import NEUTRAL

_UNTOLD = re.compile(r"[^.!?\"'”)]\s*\.\*$")
"""A sentence of which the pattern does not tell the end."""

_ARTICLE = re.compile(rf"\b(?:an?|the) {NEUTRAL}\b", re.IGNORECASE)
_LONGEST = 4_000
_DEEPEST = 20


def simplest_match(pattern: str) -> str | None:
    """Return the plainest text that `pattern` allows, or None where it allows none that is prose.

    A full stop stands for itself, as it does in prose, and a set that repeats for some word.
    """
    if len(pattern) > _LONGEST:
        return None
    try:
        text, end = _alternatives(pattern, 0, 0)
    except _NoProse:
        return None
    if end != len(pattern) or _UNTOLD.search(pattern):
        return None
    text = _ARTICLE.sub(NEUTRAL, " ".join(text.split()))
    return text if any(map(str.isalnum, text)) else None


class _NoProse(Exception):
    """A pattern is broken, or asks for what no prose can say."""


def _alternatives(pattern: str, at: int, depth: int) -> tuple[str, int]:
    """Return the first alternative from `at`, and where its group ends."""
    if depth > _DEEPEST:
        raise _NoProse
    first, at = _sequence(pattern, at, depth)
    while pattern[at : at + 1] == "|":
        _, at = _sequence(pattern, at + 1, depth)
    return first, at


def _sequence(pattern: str, at: int, depth: int) -> tuple[str, int]:
    said: list[str] = []
    while at < len(pattern) and pattern[at] not in "|)":
        piece, at = _piece(pattern, at, depth)
        sign = pattern[at : at + 1]
        if sign in ("?", "*", "+"):
            at += 1
            piece = _repeated(piece, sign)
        said.append(piece)
    return "".join(said), at


def _repeated(piece: str, sign: str) -> str:
    match sign, piece:
        case "+", ".":
            return NEUTRAL
        case "+", _:
            return piece
    return ""


def _piece(pattern: str, at: int, depth: int) -> tuple[str, int]:
    match pattern[at]:
        case "(":
            start = at + 3 if pattern.startswith("(?:", at) else at + 1
            text, end = _alternatives(pattern, start, depth + 1)
            if pattern[end : end + 1] != ")":
                raise _NoProse
            return text, end + 1
        case "[":
            end = pattern.find("]", at + 2)
            if end < 0:
                raise _NoProse
            return NEUTRAL, end + 1
        case "\\":
            return _escaped(pattern[at + 1 : at + 2]), at + 2
        case "^" | "$":
            return "", at + 1
    return pattern[at], at + 1


def _escaped(character: str) -> str:
    match character:
        case "s":
            return " "
        case "w" | "d" | "S":
            return NEUTRAL
        case "" | "b" | "B" | "A" | "Z":
            return ""
    return character
