"""Files of other programs that hold nothing but lore: story cards, world info, lorebooks.

Fields that Grue does not know are kept with the adventure that gets the lore.
"""

import json
from collections.abc import Container, Mapping
from typing import Any

from dungeon.transfer import lorebook
from dungeon.transfer.foreign_json import names_in_each, names_of
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.kobold_lore import read_world_info

_CARD_TEXTS, _CARD_KEYS = {"value", "entry"}, {"keys", "triggers"}

_CARD_FIELDS = {*_CARD_TEXTS, *_CARD_KEYS, "keysList", "title", "name", "type"}
_NOVELAI_FIELDS = {"displayName", "text", "keys", "contextConfig", "searchRange", "forceActivation",
                   "enabled", "category"}  # fmt: skip
_WORLD_FIELDS = {"key", "keysecondary", "keyanti", "title", "comment", "content", "selective",
                 "constant", "widisabled", "probability", "wigroup"}  # fmt: skip
"""What is read of an entry."""


def _imported(
    format_id: str, found: str, notes: Notes, read: Container[str], book: Mapping[str, Any]
) -> Imported:
    """Return the lore, with the fields of the `book` and of its entries that are not `read`."""
    unread = {
        entry_id: {name: value for name, value in fields.items() if name not in read}
        for entry_id, fields in notes.lore_sources.items()
    }
    notes.kept += [*names_of(book), *names_in_each("lore entry", unread.values())]
    entries = {entry_id: fields for entry_id, fields in unread.items() if any(fields.values())}
    fields = {format_id: {"book": dict(book), "entries": entries}} if book or entries else {}
    return Imported(notes.report(), lore=found, lore_fields=json.dumps(fields) if fields else "")


def _besides(document: Document, *read: str) -> dict[str, Any]:
    return {name: value for name, value in document.json.items() if name not in read and value}


def _is_story_cards(document: Document) -> bool:
    cards = document.json
    return (
        isinstance(cards, list)
        and bool(cards)
        and all(isinstance(each, dict) for each in cards)
        and all(_CARD_TEXTS & each.keys() and _CARD_KEYS & each.keys() for each in cards)
    )


def _read_story_cards(document: Document) -> Imported:
    notes = Notes(STORY_CARDS.title)
    found = lorebook.story_cards(document.json, notes)
    return _imported(STORY_CARDS.id, found, notes, _CARD_FIELDS, {})


def _is_novelai_lorebook(document: Document) -> bool:
    return document.has("lorebookVersion", "entries")


def _read_novelai_lorebook(document: Document) -> Imported:
    notes = Notes(NOVELAI_LOREBOOK.title)
    found = lorebook.novelai_lorebook(document.json, notes)
    book = _besides(document, "entries", "lorebookVersion")
    return _imported(NOVELAI_LOREBOOK.id, found, notes, _NOVELAI_FIELDS, book)


def _is_world_info(document: Document) -> bool:
    return document.has("folders", "entries") and isinstance(document.json["entries"], dict)


def _read_world_info(document: Document) -> Imported:
    notes = Notes(WORLD_INFO.title)
    found = read_world_info(document.json, notes)
    book = _besides(document, "entries")
    return _imported(WORLD_INFO.id, found, notes, _WORLD_FIELDS, book)


STORY_CARDS = Format(
    "ai-dungeon-cards", "story cards of AI Dungeon", _is_story_cards, _read_story_cards
)
NOVELAI_LOREBOOK = Format(
    "novelai-lorebook", "a lorebook of NovelAI", _is_novelai_lorebook, _read_novelai_lorebook
)
WORLD_INFO = Format(
    "koboldai-world-info", "world info of KoboldAI", _is_world_info, _read_world_info
)
