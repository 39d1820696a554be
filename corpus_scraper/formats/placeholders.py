"""Provides a plain word for what a story would fill in while it is played: a name, a sum, a place.

The author's own first value is taken where it is plain; otherwise the name of the variable is a
hint, and at last there is `something`. Never raw code. Knows nothing of any format.
"""

import re
from collections.abc import Mapping

NEUTRAL = "something"
"""What stands where nothing better is known."""

_HINTS: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(words.split()), placeholder_for)
    for words, placeholder_for in (
        ("surname last lastname", "Vale"),
        ("name first firstname player hero username pcname", "Robin"),
        ("he she they subject", "they"),
        ("him them object", "them"),
        ("his their theirs possessive", "their"),
        ("himself herself themself themselves reflexive", "themselves"),
        ("man woman person gender", "person"),
        ("boy girl kid", "child"),
        ("son daughter", "child"),
        ("brother sister sibling", "sibling"),
        ("ship vessel boat", "the ship"),
        ("planet world", "the planet"),
        ("city town village", "the town"),
        ("place location room destination origin", "this place"),
        ("money gold credits coins payment fare price cost", "a fair sum"),
        ("count number amount score points total turns days hours health strength", "several"),
        ("date day time", "today"),
        ("weapon", "weapon"),
        ("color colour", "grey"),
    )
)
"""What the words of a variable's name say it holds; the first that fits is taken."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PLAIN = re.compile(r"[^\W_][^<>{}\[\]$@|\\\n]{0,79}")
_EMPTY_VALUES = frozenset({"none", "null", "nil", "undefined", "true", "false", "unknown", "nan"})


def placeholder_for(name: str, values: Mapping[str, str] | None = None) -> str:
    """Return what to print for the variable `name`, its first value among `values` if plain."""
    value = (values or {}).get(name, "").strip()
    if is_plain(value):
        return value
    words = {word.lower() for word in _WORDS.findall(name)}
    return next((said for hints, said in _HINTS if hints & words), NEUTRAL)


def is_plain(value: str) -> bool:
    """Return whether a first value can be read as prose."""
    return bool(_PLAIN.fullmatch(value)) and value.casefold() not in _EMPTY_VALUES


def literal(expression: str) -> str:
    """Return what a quoted text or a number stands for; empty for any other expression."""
    said = expression.strip().rstrip(";").strip()
    if len(said) > 1 and said[0] in "\"'" and said[-1] == said[0] and said[0] not in said[1:-1]:
        return said[1:-1]
    return said if re.fullmatch(r"-?\d{1,9}(\.\d{1,4})?", said) else ""
