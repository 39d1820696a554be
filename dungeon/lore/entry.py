"""One lore entry: a text, the keys that put it into a prompt, and the rules for that."""

import re
from dataclasses import dataclass

from dungeon.errors import InputRefused
from dungeon.lore.patterns import is_pattern
from dungeon.text.error_words import in_quotes

DEFAULT_DEPTH = 4
MAX_DEPTH = 50
"""Turns that are searched at most."""

MAX_ENTRIES = 10_000
MAX_KEYS = 200
MAX_KEY = 200
"""Characters of a key."""

MAX_CONTENT = 20_000
"""Characters of an entry's text."""

MAX_STICKY = 500
"""Turns for which an entry may stay or cool down."""

_MAX_NUMBER = 1_000_000
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class LoreEntry:
    """A lore entry ("story card", "world info"). Keys are whole words or patterns."""

    id: str
    title: str
    content: str
    """What stands in the prompt."""
    keys: tuple[str, ...] = ()
    """It fires when any of these is mentioned …"""
    secondary: tuple[str, ...] = ()
    """… and one of these as well, if there are any …"""
    excluding: tuple[str, ...] = ()
    """… and none of these."""
    always: bool = False
    """Fires on every turn, whatever is mentioned."""
    enabled: bool = True
    case_sensitive: bool = False
    order: int = 100
    """Lower ones stand first, and are the first to get a place in the budget."""
    probability: int = 100
    """In percent."""
    depth: int = DEFAULT_DEPTH
    """Turns, counted from the end, in which keys are searched, the player's action included."""
    group: str = ""
    """Of the entries of a group that fire, one is drawn."""
    weight: int = 100
    """How likely it is drawn, relative to the others of its group."""
    sticky: int = 0
    """Turns for which it stays after it fired."""
    cooldown: int = 0
    """Turns for which it cannot fire after it was last in a prompt."""
    delay: int = 0
    """Turns that the story must have before it can fire."""
    recursive: bool = True
    """Whether its text may make other entries fire."""
    patterns: bool = False
    """Whether keys between slashes, such as `/gates?/i`, are patterns."""

    def __post_init__(self) -> None:
        """Raise InputRefused where a field has a value that is not allowed."""
        name = f"The lore entry “{self.title or self.id}”"
        if not _ID.fullmatch(self.id):
            raise InputRefused(f"{name} has no valid id: letters, digits, - and _ are allowed.")
        if len(self.content) > MAX_CONTENT:
            raise InputRefused(f"{name} has more than {MAX_CONTENT:,} characters. Shorten it.")
        keys = (*self.keys, *self.secondary, *self.excluding)
        if len(keys) > MAX_KEYS or any(len(key) > MAX_KEY for key in keys):
            raise InputRefused(
                f"{name} may have {MAX_KEYS} keys of {MAX_KEY} characters. Remove some."
            )
        if wordless := next((key for key in keys if not _WORD.search(key)), None):
            raise InputRefused(
                f"{name} has the key {in_quotes(wordless)}, which has no letter or digit."
            )
        for field, least, most in _LIMITS:
            value = getattr(self, field)
            if not least <= value <= most:
                raise InputRefused(f"{name}: {field} must be from {least} to {most:,}.")

    @property
    def pattern_keys(self) -> tuple[str, ...]:
        """Its keys that are patterns."""
        keys = (*self.keys, *self.secondary, *self.excluding) if self.patterns else ()
        return tuple(key for key in keys if is_pattern(key))


_LIMITS = (
    ("order", -_MAX_NUMBER, _MAX_NUMBER),
    ("probability", 0, 100),
    ("depth", 1, MAX_DEPTH),
    ("weight", 1, _MAX_NUMBER),
    ("sticky", 0, MAX_STICKY),
    ("cooldown", 0, MAX_STICKY),
    ("delay", 0, _MAX_NUMBER),
)
