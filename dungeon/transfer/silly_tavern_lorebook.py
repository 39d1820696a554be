"""Lorebooks of SillyTavern (world info)."""

import json
from typing import Any

from dungeon import lore
from dungeon.story import Adventure
from dungeon.transfer import silly_tavern_entry
from dungeon.transfer.foreign_json import kept, object_of, write_json
from dungeon.transfer.formats import Document, Format, Part
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.lore_losses import lost_rules
from dungeon.transfer.lorebook import read_entries

ID = "sillytavern-lorebook"


def _recognises(document: Document) -> bool:
    entries = document.json.get("entries") if isinstance(document.json, dict) else None
    values = list(entries.values()) if isinstance(entries, dict) else entries
    if not isinstance(values, list) or "folders" in document.json:
        return False
    if not values:
        return document.has("entries") and len(document.json) == 1
    return all(isinstance(each, dict) and {"key", "keys"} & each.keys() for each in values) and all(
        "content" in each for each in values
    )


def _read(document: Document) -> Imported:
    notes = Notes(FORMAT.title)
    return read_book(document.json, notes)


def read_book(book: dict[str, Any], notes: Notes) -> Imported:
    """Return the entries of a lorebook, or of a character book, with what they were read from."""
    entries = book.get("entries")
    values = list(entries.values()) if isinstance(entries, dict) else entries
    values = values if isinstance(values, list) else []
    plain = [
        silly_tavern_entry.from_character_book(each)
        if isinstance(each, dict) and "keys" in each
        else each
        for each in values
    ]
    found = read_entries(plain, notes, silly_tavern_entry.read)
    rest = {name: value for name, value in book.items() if name != "entries" and value}
    notes.kept += sorted(rest)
    sources = {entry.id: fields for entry, fields in found}
    fields = {ID: {"book": rest, "entries": sources}}
    return Imported(
        notes.report(), lore=lore.dump(entry for entry, _ in found), lore_fields=json.dumps(fields)
    )


def write(adventure: Adventure) -> str:
    """Return the lorebook as JSON; one without entries where the adventure has no lore."""
    book, sources = kept_with(adventure)
    numbers = silly_tavern_entry.free_numbers(sources, "uid")
    notes = Notes("")
    entries = {
        str(number): silly_tavern_entry.write(number, entry, source, notes) | {"uid": number}
        for number, entry, source in zip(numbers, lore.load(adventure.lore), sources, strict=True)
    }
    return write_json({**book, "entries": entries})


def kept_with(adventure: Adventure) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the fields of the lorebook, and what each entry was read from: nothing for one of
    Grue.
    """
    fields = kept(adventure.foreign_fields, ID)
    entries = object_of(fields.get("entries"))
    sources = [object_of(entries.get(entry.id)) for entry in lore.load(adventure.lore)]
    return object_of(fields.get("book")), sources


FORMAT = Format(
    ID,
    "a lorebook of SillyTavern",
    _recognises,
    _read,
    lambda adventure: write(adventure).encode(),
    "the lore entries as a lorebook of SillyTavern, without the story",
    "json",
    (Part.LORE,),
    loses=lambda adventure: lost_rules(adventure, silly_tavern_entry.after_writing),
)
