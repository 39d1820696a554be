"""Find what a text must contain to match a pattern, without compiling the whole of it.

Noun phrases are long in a pattern and take milliseconds to compile; few sentences need that.
"""

import re
from functools import cache

_QUANTIFIER = re.compile(r"(?:[*+?]|\{\d*,?\d*\})[?+]?")
_SPECIAL = re.compile(r"[\\\[()]")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def required_parts(pattern: str, costly: str) -> tuple[str, ...]:
    """Return patterns of which each is found in every text that `pattern` matches at its beginning:
    what stands between its groups with `costly` in them. None where it is a choice as a whole.
    """
    parts, part, at = list[str](), r"\A", 0
    while at < len(pattern):
        end = _end_of_item(pattern, at)
        item = pattern[at:end]
        quantifier = _QUANTIFIER.match(pattern, end)
        at = quantifier.end() if quantifier else end
        if item == "|":
            return ()
        if costly in item:
            parts.append(part)
            part = ""
        else:
            part += item + (quantifier[0] if quantifier else "")
    parts.append(part)
    return tuple(part for part in parts if part not in ("", r"\A"))


def has_parts(text: str, parts: tuple[str, ...]) -> bool:
    """Return whether `text` contains each of the patterns."""
    return all(_compile(part).search(text) for part in parts)


_compile = cache(re.compile)


def _end_of_item(pattern: str, at: int) -> int:
    """Return where a character, a class or a whole group ends."""
    depth = 0
    while True:
        if (found := _CLASS.match(pattern, at)) is not None:
            at = found.end()
        else:
            depth += (pattern[at] == "(") - (pattern[at] == ")")
            at += 2 if pattern[at] == "\\" else 1
        if depth == 0:
            return at
        at = _SPECIAL.search(pattern, at).start()  # type: ignore[union-attr]  # it has an end
