"""Turn typed words into direct speech: `hello there` → `You say "Hello there."`

Also closes quotations and ends sentences for every other kind of action.
"""

import re

from dungeon.perspective import quoted_spans

QUOTES = "\"“”„«»'‘’"
_DOUBLE = re.compile('["“”„«»]')
_LONE_I = re.compile(r"(?<![\w'’.])i(?=['’](?:m|ve|ll|d)\b|[\s,;!?]|$)")
_ENDED = ".!?…—"
_CLOSING = "\"”»'’)]"
_CLOSERS = {'"': '"', "“": "”", "„": "”“", "«": "»", "'": "'’", "‘": "’'"}
"""Each opening mark and what may close it, the usual one first."""


def to_speech(line: str) -> str:
    """Return the words of `line` as said by the player's hero; empty if there are none."""
    words = strip_quotation_marks(line)
    words = _LONE_I.sub("I", _DOUBLE.sub("'", words)).strip()
    if not words.strip("'’"):
        return ""
    return f'You say "{end_sentence(capitalise(words))}"'


def strip_quotation_marks(line: str) -> str:
    """Return `line` without quotation marks around the whole of it, closed or left open."""
    while next(quoted_spans(line), None) == (0, len(line)):
        line = line[1 : -1 if _is_closed(line) else None].strip()
    return line


def close_quotation(line: str) -> str:
    """Return `line` with a last quotation that was left open closed, and no mark left dangling."""
    spans = list(quoted_spans(line))
    if spans and spans[-1][1] == len(line):
        quotation = line[slice(*spans[-1])]
        return line if _is_closed(quotation) else line + _CLOSERS[quotation[0]][0]
    return line.rstrip(' ,;:-"“„«')


def end_sentence(line: str) -> str:
    """Return `line` with a full stop, unless it ends as a sentence does.

    In `You say "hello"` the full stop goes inside the quotation marks.
    """
    bare = line.rstrip(_CLOSING + " ")
    if bare.endswith(tuple(_ENDED)):
        return line
    span = list(quoted_spans(line))[-1:]
    if span and span[0][1] == len(line) and len(line) - span[0][0] > 2:
        return line[:-1].rstrip(" ,;:-") + "." + line[-1]
    return line.rstrip(" ,;:-") + "."


def capitalise(line: str) -> str:
    """Return `line` with its first letter a capital; nothing else changes."""
    return line[:1].upper() + line[1:]


def _is_closed(quotation: str) -> bool:
    """Return whether `quotation` ends with a mark that closes the one it begins with."""
    return len(quotation) > 1 and quotation[-1] in _CLOSERS[quotation[0]]
