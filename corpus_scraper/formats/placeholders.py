"""Choose plain text for what a story would fill in during play: a name, a sum, a place.

The author's first value is taken where it is plain text; otherwise the name of the variable gives
a hint, and without one the text is `something`. It is never raw code.
"""

import re
from collections.abc import Mapping

NEUTRAL = "something"
"""The placeholder where nothing better is known."""

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
"""Placeholders by words in the name of a variable; the first match counts."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_PLAIN = re.compile(r"[^\W_][^<>{}\[\]$@|\\\n]{0,79}")
_EMPTY_VALUES = frozenset({"none", "null", "nil", "undefined", "true", "false", "unknown", "nan"})


def placeholder_for(name: str, values: Mapping[str, str] | None = None) -> str:
    """Return the text for the variable `name`: its value in `values` where that is plain."""
    value = (values or {}).get(name, "").strip()
    if is_plain(value):
        return value
    words = {word.lower() for word in _WORDS.findall(name)}
    return next((text for hints, text in _HINTS if hints & words), NEUTRAL)


def is_plain(value: str) -> bool:
    """Return whether a value reads as prose."""
    return bool(_PLAIN.fullmatch(value)) and value.casefold() not in _EMPTY_VALUES


def literal(expression: str) -> str:
    """Return the value of a string or number literal; empty for other expressions."""
    value = expression.strip().rstrip(";").strip()
    if (
        len(value) > 1
        and value[0] in "\"'"
        and value[-1] == value[0]
        and value[0] not in value[1:-1]
    ):
        return value[1:-1]
    return value if re.fullmatch(r"-?\d{1,9}(\.\d{1,4})?", value) else ""
