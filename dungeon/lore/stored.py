"""Write lore entries as JSON and read them, as the saves keep them."""

import json
from collections.abc import Iterable
from dataclasses import fields
from functools import lru_cache
from typing import Any

from dungeon.errors import InputRefused
from dungeon.lore.entry import MAX_ENTRIES, LoreEntry
from dungeon.lore.index import LoreIndex

_DEFAULTS = {field.name: field.default for field in fields(LoreEntry)}
_PLAIN = {"id", "title", "content", "group"}
_FLAGS = {"always", "enabled", "case_sensitive", "recursive", "patterns"}
_KEYS = {"keys", "secondary", "excluding"}


def dump(entries: Iterable[LoreEntry]) -> str:
    """Return entries as JSON, fields with their default value left out; empty for no entries."""
    documents = [_document(entry) for entry in entries]
    return json.dumps(documents, ensure_ascii=False) if documents else ""


def _document(entry: LoreEntry) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in _DEFAULTS}
    return {name: value for name, value in values.items() if value != _DEFAULTS[name]}


@lru_cache(maxsize=4)
def load(stored: str) -> tuple[LoreEntry, ...]:
    """Return the entries that `dump` wrote. Raises InputRefused for anything else."""
    if not stored:
        return ()
    try:
        documents = json.loads(stored)
    except (ValueError, RecursionError):
        raise InputRefused("The lore of this adventure is no JSON.") from None
    if not isinstance(documents, list) or len(documents) > MAX_ENTRIES:
        raise InputRefused(f"The lore must be a list of at most {MAX_ENTRIES:,} entries.")
    entries = tuple(_entry(number, one) for number, one in enumerate(documents, start=1))
    if len({entry.id for entry in entries}) < len(entries):
        raise InputRefused("Two lore entries have the same id.")
    return entries


@lru_cache(maxsize=4)
def load_index(stored: str) -> LoreIndex:
    """Return the index of the entries that `dump` wrote, built once for each change."""
    return LoreIndex(load(stored))


def _entry(number: int, document: object) -> LoreEntry:
    place = f"Lore entry {number}"
    if not isinstance(document, dict) or not {"id"} <= document.keys() <= _DEFAULTS.keys():
        raise InputRefused(f"{place} is not an entry that Grue wrote.")
    values: dict[str, Any] = {"title": "", "content": ""} | document
    for name, value in values.items():
        if not _is_valid(name, value):
            raise InputRefused(f"{place}: `{name}` has a value of the wrong type.")
        if name in _KEYS:
            values[name] = tuple(value)
    return LoreEntry(**values)


def _is_valid(name: str, value: object) -> bool:
    if name in _KEYS:
        return isinstance(value, list) and all(isinstance(key, str) for key in value)
    if name in _PLAIN:
        return isinstance(value, str)
    return isinstance(value, bool) if name in _FLAGS else type(value) is int
