"""Turn the story cards and world info of other programs into lore entries.

What is read here stays among the fields that are kept for export, too: those programs know fields
that Grue does not.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dungeon import lore, story
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry
from dungeon.lore.entry import MAX_CONTENT, MAX_ENTRIES, MAX_KEY, MAX_KEYS
from dungeon.text import clean, clean_line
from dungeon.transfer.imports import Notes, count

_WORD = re.compile(r"\w")
_PATTERN = re.compile(r"/.+/[a-z]*")
"""A key that is a regular expression in those programs."""

_MAX_TITLE = 80


@dataclass(frozen=True, slots=True)
class _Card:
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

    def percent(self, name: str) -> int:
        """Return a probability; 100 where there is none."""
        value = self.fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100:
            return value
        return 100

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys in a list, or in a text with commas; note those that cannot be used."""
        value = self.fields.get(name)
        parts = value.split(",") if isinstance(value, str) else value
        texts = [each for each in parts if isinstance(each, str)] if isinstance(parts, list) else []
        found = list(dict.fromkeys(filter(None, map(clean_line, texts))))
        usable = [each for each in found if not _PATTERN.fullmatch(each) and _WORD.search(each)]
        usable = [each for each in usable if len(each) <= MAX_KEY][: MAX_KEYS // 3]
        if len(usable) < len(found):
            self.notes.dropped.append("lore keys that are patterns, too long, too many or no words")
        return tuple(usable)


def story_cards(value: object, notes: Notes) -> str:
    """Read the story cards, or the older world info, of AI Dungeon."""

    def read(card: _Card) -> LoreEntry:
        return _entry(card, card.text("title", "type"), card.text("value", "entry"))

    return _read(value, notes, read)


def kobold_world_info(value: object, notes: Notes) -> str:
    """Read the world info of KoboldAI 1 and Lite, a list, or of KoboldAI 2, an object."""

    def read(card: _Card) -> LoreEntry:
        return _entry(
            card,
            card.text("title", "comment"),
            card.text("content"),
            key_field="key",
            secondary=card.keys("keysecondary") if card.flag("selective") else (),
            excluding=card.keys("keyanti"),
            always=card.flag("constant"),
            enabled=not card.flag("widisabled"),
            probability=card.percent("probability"),
        )

    if isinstance(value, dict):  # of version 2
        entries = value.get("entries")
        value = list(entries.values()) if isinstance(entries, dict) else []
    return _read(value, notes, read)


def novelai_lorebook(value: object, notes: Notes) -> str:
    """Read the lorebook of NovelAI."""

    def read(card: _Card) -> LoreEntry:
        return _entry(
            card,
            card.text("displayName"),
            card.text("text"),
            always=card.flag("forceActivation"),
            enabled=card.fields.get("enabled") is not False,
        )

    return _read(value.get("entries") if isinstance(value, dict) else [], notes, read)


def _entry(
    card: _Card, title: str, content: str, *, key_field: str = "keys", **more: Any
) -> LoreEntry:
    keys = card.keys(key_field)
    if len(content) > MAX_CONTENT:
        card.notes.changed.append(f"lore texts cut at {MAX_CONTENT:,} characters")
    title = clean_line(title)[:_MAX_TITLE].strip() or next(iter(keys), "Lore")
    return LoreEntry(story.new_id(), title, content[:MAX_CONTENT], keys, **more)


def _read(value: object, notes: Notes, read: Callable[[_Card], LoreEntry]) -> str:
    """Return the entries of a list as an adventure stores them; note what cannot be one."""
    values = value if isinstance(value, list) else []
    entries = list(_entries(values, notes, read))
    if len(entries) > MAX_ENTRIES:
        notes.dropped.append(count(len(entries) - MAX_ENTRIES, "lore entry", "lore entries"))
    if entries:
        notes.taken.append(count(len(entries[:MAX_ENTRIES]), "lore entry", "lore entries"))
    return lore.dump(entries[:MAX_ENTRIES])


def _entries(
    values: list[Any], notes: Notes, read: Callable[[_Card], LoreEntry]
) -> Iterable[LoreEntry]:
    refused = 0
    for value in values:
        try:
            entry = read(_Card(value, notes)) if isinstance(value, dict) else None
        except InputRefused:
            entry = None
        if entry is not None and entry.content:
            yield entry
        else:
            refused += 1
    if refused:
        phrase = count(refused, "lore entry", "lore entries")
        notes.dropped.append(f"{phrase} without a text, or that cannot be read")
