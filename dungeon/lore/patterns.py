"""Keys that are patterns: `/gates?/i`, a regular expression between slashes, with its flags.

They are searched by RE2, whose time grows with the length of a text, whatever the pattern: one that
somebody else wrote cannot hold up a turn. It has neither look-around nor back-references.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from dungeon.errors import InputRefused

MAX_PATTERNS = 100
"""Patterns that are searched in a text at most, the first in the order of their entries."""

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


@lru_cache(maxsize=1_000)
def compile_pattern(key: str) -> Pattern:
    """Return what finds a key that is a pattern. Raises InputRefused where RE2 cannot."""
    import re2  # here, since few adventures have patterns

    found = _PATTERN.fullmatch(key)
    if found is None:
        raise InputRefused(f"The key “{key}” is no pattern. Write it as /gates?/i.")
    if unknown := set(found[2]) - _FLAGS - _WITHOUT_EFFECT:
        raise InputRefused(f"The pattern “{key}” has a flag that is not known: {min(unknown)}.")
    flags = "".join(sorted(set(found[2]) & _FLAGS))
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    expression = _CODE_POINT.sub(r"\\x{\1}", found[1])
    try:
        compiled = re2.compile(f"(?{flags}){expression}" if flags else expression, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if error.args else "it is too large"
        raise InputRefused(
            f"The pattern “{key}” cannot be used: {reason}. Look-around and back-references are "
            "not supported."
        ) from None
    search: Pattern = compiled.search
    return search
