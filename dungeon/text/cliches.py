"""The clichés that no reply contains unless the player allows them, and the player's own list."""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes
from dungeon.text.phrases import normalise

MAX_PHRASES = 1_000
"""Phrases of a player's own list."""

MAX_CHARACTERS = 200
"""Characters of one phrase."""


@cache
def default_cliches() -> tuple[str, ...]:
    """Return the phrases in cliches.toml."""
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["phrases"])


def combine(banned: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """Return the default clichés without those `allowed`, and the player's `banned` phrases."""
    kept = set(map(normalise, allowed))
    return tuple(
        dict.fromkeys((*(p for p in default_cliches() if normalise(p) not in kept), *banned))
    )


def split(phrases: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the arguments from which `combine` makes `phrases`."""
    listed = {normalise(phrase): phrase for phrase in phrases}
    defaults = {normalise(phrase): phrase for phrase in default_cliches()}
    banned = tuple(phrase for words, phrase in listed.items() if words not in defaults)
    allowed = tuple(phrase for words, phrase in defaults.items() if words not in listed)
    return banned, allowed


def parse_phrases(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the phrases in `lines`, one in each that is not blank, without duplicates.

    Raises InputRefused for a line without a word, a long one, and for too many.
    """
    found: dict[str, str] = {}
    for phrase in filter(None, map(clean_line, lines)):
        words = normalise(phrase)
        if not words:
            raise InputRefused(f"A banned phrase needs a word; {in_quotes(phrase)} has none.")
        if len(phrase) > MAX_CHARACTERS:
            raise InputRefused(
                f"A banned phrase has at most {MAX_CHARACTERS} characters; "
                f"{in_quotes(phrase)} is longer."
            )
        found.setdefault(words, phrase)
    if len(found) > MAX_PHRASES:
        raise InputRefused(f"At most {MAX_PHRASES:,} phrases can be banned, not {len(found):,}.")
    return tuple(found.values())
