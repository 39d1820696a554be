"""Keys that are patterns: `/gates?/i`, a regular expression between slashes, with its flags.

They are searched by RE2, whose time grows with the length of a text and with the instructions of a
pattern, at worst by 10 ns for each character and instruction. So both are limited: patterns that
somebody else wrote cannot hold up a turn. RE2 has neither look-around nor back-references.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text.error_words import in_quotes

MAX_PATTERNS = 100
"""Patterns that are searched in a text at most, the first in the order of their entries."""

MAX_INSTRUCTIONS = 5_000
"""Instructions of all of them: a few words have 30, `.{0,30}` has 250, `\\pL` 1,200."""

_MAX_MEMORY = 512 * 1024
"""Bytes that the engine may take for a pattern."""

_PATTERN = re.compile(r"/(.+)/([a-z]*)")
_KEY = re.compile(r"\s*/(?:[^/\\\n]|\\.){1,200}/[a-z]*(?=\s*(?:,|\Z))|[^,]+")
_CODE_POINT = re.compile(r"\\u([0-9A-Fa-f]{4})")

_FLAGS = frozenset("ims")
"""Flags that RE2 has, too: any case, lines, and a dot that is a line's end."""

_WITHOUT_EFFECT = frozenset("dguvy")
"""Flags of other programs that make no difference to whether a pattern is found."""

Pattern = Callable[[bytes], object]
"""Returns something true where a text in UTF-8 has the pattern."""


def is_pattern(key: str) -> bool:
    """Return whether a key is written as a pattern."""
    return _PATTERN.fullmatch(key) is not None


def split_keys(text: str) -> list[str]:
    """Return the keys in a text with commas; those within a pattern do not separate."""
    return [match[0] for match in _KEY.finditer(text)]


@dataclass(slots=True)
class PatternRoom:
    """Room for the patterns of an adventure, of which each is searched once."""

    _fits: dict[str, bool] = field(default_factory=dict)
    """Whether there was room, by the patterns that were asked for."""
    _patterns: int = MAX_PATTERNS
    _instructions: int = MAX_INSTRUCTIONS

    def take(self, key: str) -> bool:
        """Return whether there is room for a pattern, and take it.

        One that is too large counts as well, since it takes time to find that out.
        """
        if key not in self._fits and self._patterns:
            self._patterns -= 1
            size = _size(key)
            self._fits[key] = size <= self._instructions
            self._instructions -= size if self._fits[key] else 0
        return self._fits.get(key, False)


def compile_pattern(key: str) -> Pattern:
    """Return what finds a key that is a pattern. Raises InputRefused where RE2 cannot."""
    search: Pattern = _compiled(key).search
    return search


def _size(key: str) -> int:
    """Return how many instructions a pattern has; none where it cannot be searched."""
    try:
        return int(_compiled(key).programsize)
    except InputRefused:
        return 0


@lru_cache(maxsize=1_000)
def _compiled(key: str) -> Any:
    import re2  # here, since few adventures have patterns

    found = _PATTERN.fullmatch(key)
    if found is None:
        raise InputRefused(f"The key {in_quotes(key)} is no pattern. Write it as /gates?/i.")
    if unknown := set(found[2]) - _FLAGS - _WITHOUT_EFFECT:
        raise InputRefused(
            f"The pattern {in_quotes(key)} has a flag that is not known: `{min(unknown)}`."
        )
    flags = "".join(sorted(set(found[2]) & _FLAGS))
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    expression = _CODE_POINT.sub(r"\\x{\1}", found[1])
    try:
        return re2.compile(f"(?{flags}){expression}" if flags else expression, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "it is too large"
        raise InputRefused(
            f"The pattern {in_quotes(key)} cannot be used: {reason}. Look-around and "
            "back-references are not supported."
        ) from None
