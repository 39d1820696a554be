"""Turn the story cards and world info of other programs into lore entries.

What is read here stays among the fields that are kept for export, too: those programs know fields
that Grue does not.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dungeon import lore, story
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry
from dungeon.lore.entry import (
    DEFAULT_DEPTH,
    MAX_CONTENT,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_KEY,
    MAX_KEYS,
)
from dungeon.lore.patterns import compile_pattern, is_pattern, split_keys
from dungeon.text import clean, clean_line
from dungeon.text.counts import count
from dungeon.transfer.foreign_json import object_of
from dungeon.transfer.imports import Notes

_WORD = re.compile(r"\w")
_MAX_NUMBER = 1_000_000
MAX_TITLE = 80
_SHOWN = 40
"""Characters of a pattern that a report shows."""
_NAMED = 10
"""Entries that a report names; of more it says how many."""
_TURN_CHARACTERS = 400
"""What an action and its reply are about, where a program counts characters."""

DEFAULT_ORDER = 100


@dataclass(frozen=True, slots=True)
class Card:
    """An entry of another program: an object whose fields may have any type."""

    fields: dict[str, Any]
    notes: Notes

    def text(self, *names: str) -> str:
        """Return the first of these fields that is a text and not empty."""
        found = (self.fields.get(name) for name in names)
        return next((clean(each).strip() for each in found if isinstance(each, str) and each), "")

    def flag(self, *names: str) -> bool:
        """Return whether one of these fields is true."""
        return any(self.fields.get(name) is True for name in names)

    def number(self, *names: str, default: int = 0) -> int:
        """Return the first of these fields that is a number, as an integer."""
        found = (self.fields.get(name) for name in names)
        numbers = (
            each for each in found if isinstance(each, int | float) and not isinstance(each, bool)
        )
        value = next((each for each in numbers if abs(each) < _MAX_NUMBER), default)
        return int(value)

    def percent(self, name: str) -> int:
        """Return a probability; 100 where there is none."""
        value = self.number(name, default=100)
        return value if 0 <= value <= 100 else 100

    def keys(self, *names: str) -> tuple[str, ...]:
        """Return the keys in a list, or in a text with commas; note those that cannot be used."""
        value = next((self.fields[name] for name in names if self.fields.get(name)), None)
        parts = split_keys(value) if isinstance(value, str) else value
        texts = [each for each in parts if isinstance(each, str)] if isinstance(parts, list) else []
        found = list(dict.fromkeys(filter(None, map(clean_line, texts))))
        usable = [each for each in found if _WORD.search(each) and len(each) <= MAX_KEY]
        usable = usable[: MAX_KEYS // 3]
        if len(usable) < len(found):
            self.notes.dropped.append("lore keys that are too long, too many or no words")
        return tuple(each for each in usable if not is_pattern(each) or self._can_search(each))

    def _can_search(self, pattern: str) -> bool:
        """Return whether a key that is a pattern can be searched; note it where it cannot."""
        if not self.notes.pattern_room.take(pattern):
            self.notes.dropped.append(
                "lore keys that are patterns, more or larger than are searched"
            )
            return False
        try:
            compile_pattern(pattern)
        except InputRefused:
            shown = pattern if len(pattern) <= _SHOWN else f"{pattern[:_SHOWN]}…"
            self.notes.dropped.append(f"the lore key {shown}, a pattern that cannot be searched")
            return False
        return True


def story_cards(value: object, notes: Notes) -> str:
    """Read the story cards, or the older world info, of AI Dungeon and Aetherroom."""

    def read(card: Card) -> LoreEntry:
        title = card.text("title", "name", "type")
        return make_entry(
            card, title, card.text("value", "entry"), card.keys("keysList", "keys", "triggers")
        )

    return _read(value, notes, read)


def novelai_lorebook(value: object, notes: Notes) -> str:
    """Read the lorebook of NovelAI."""
    book = object_of(value)
    categories = book.get("categories")
    off = {
        each.get("id")
        for each in (categories if isinstance(categories, list) else [])
        if isinstance(each, dict) and each.get("enabled") is False
    } - {None, ""}

    def read(card: Card) -> LoreEntry:
        config = Card(object_of(card.fields.get("contextConfig")), notes)
        keys, secondary = _split_all_of(card.keys("keys"), notes)
        enabled = card.fields.get("enabled") is not False
        return make_entry(
            card,
            card.text("displayName"),
            card.text("text"),
            keys,
            secondary=secondary,
            always=card.flag("forceActivation"),
            enabled=enabled and card.fields.get("category") not in off,
            depth=depth_of(card.number("searchRange") / _TURN_CHARACTERS),
            order=-config.number("budgetPriority") or DEFAULT_ORDER,
        )

    return _read(book.get("entries"), notes, read)


def _split_all_of(keys: tuple[str, ...], notes: Notes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys, and what has to be mentioned as well: `gate & iron` asks for both."""
    if len(keys) == 1 and " & " in keys[0]:
        first, _, others = keys[0].partition(" & ")
        if " & " not in others:
            return (first.strip(),), (others.strip(),)
    plain = tuple(key for key in keys if " & " not in key)
    if len(plain) < len(keys):
        notes.dropped.append("lore keys that ask for several words at once")
    return plain, ()


def aventuras_entries(value: object, notes: Notes) -> str:
    """Read the lorebook entries of Aventuras."""

    def read(card: Card) -> LoreEntry:
        rules = Card(object_of(card.fields.get("injection")), notes)
        mode = rules.text("mode")
        name = card.text("name")
        keys = (clean_line(name), *card.keys("aliases"), *rules.keys("keywords"))
        return make_entry(
            card,
            name,
            card.text("description"),
            tuple(dict.fromkeys(filter(_WORD.search, keys)))[: MAX_KEYS // 3],
            always=mode == "always",
            enabled=mode != "never",
            order=-rules.number("priority") or DEFAULT_ORDER,
        )

    return _read(value, notes, read)


def depth_of(turns: float) -> int:
    """Return the depth that looks `turns` turns back, the action included; the default for 0."""
    return min(max(round(turns), 0) + 1, MAX_DEPTH) if turns > 0 else DEFAULT_DEPTH


def make_entry(
    card: Card, title: str, content: str, keys: tuple[str, ...], **more: Any
) -> LoreEntry:
    """Return an entry within the bounds that an entry has. Raises InputRefused."""
    content = fit_content(content, card.notes)
    title = clean_line(title)[:MAX_TITLE].strip() or next(iter(keys), "Lore")
    every = (*keys, *more.get("secondary", ()), *more.get("excluding", ()))
    patterns = any(map(is_pattern, every))
    return LoreEntry(story.new_id(), title, content, keys, patterns=patterns, **more)


def fit_content(content: str, notes: Notes) -> str:
    """Return as much of an entry's text as an entry holds, and note where that is not all."""
    if len(content) > MAX_CONTENT:
        notes.changed.append(f"lore texts cut at {MAX_CONTENT:,} characters")
    return content[:MAX_CONTENT]


def _read(value: object, notes: Notes, read: Callable[[Card], LoreEntry]) -> str:
    """Return the entries of a list as an adventure stores them; note what cannot be one."""
    values = value if isinstance(value, list) else []
    return lore.dump(entry for entry, _ in read_entries(values, notes, read))


def _quoted(titles: Sequence[str]) -> str:
    shown = "; ".join(f"“{title}”" for title in titles[:_NAMED])
    return f"{shown} and {len(titles) - _NAMED:,} more" if len(titles) > _NAMED else shown


def read_entries(
    values: Sequence[object], notes: Notes, read: Callable[[Card], LoreEntry]
) -> list[tuple[LoreEntry, dict[str, Any]]]:
    """Return entries with what they were made of; note their number, and what cannot be one."""
    found: list[tuple[LoreEntry, dict[str, Any]]] = []
    refused = left = 0
    for at, value in enumerate(values):
        if len(found) == MAX_ENTRIES:
            left = len(values) - at
            break
        fields = object_of(value)
        try:
            entry = read(Card(fields, notes)) if fields else None
        except InputRefused:
            entry = None
        if entry is not None and entry.content:
            found.append((entry, fields))
            notes.lore_sources[entry.id] = fields
        else:
            refused += 1
    if keyless := [entry.title for entry, _ in found if not (entry.keys or entry.always)]:
        phrase = count(len(keyless), "lore entry", "lore entries")
        notes.changed.append(f"{phrase} without keys, never in the prompt: {_quoted(keyless)}")
    if refused:
        phrase = count(refused, "lore entry", "lore entries")
        notes.dropped.append(f"{phrase} without a text, or that cannot be read")
    if left:
        phrase = count(left, "lore entry", "lore entries")
        notes.dropped.append(f"{phrase} behind the first {MAX_ENTRIES:,}")
    if found:
        notes.taken.append(count(len(found), "lore entry", "lore entries"))
    return found
