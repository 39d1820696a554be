"""World info of KoboldAI 1 and Lite, and of KoboldAI 2: read as lore entries, and written again.

What an entry was read from is kept with the adventure, and only those of its fields are written
anew that were changed since.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from dungeon import lore
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry
from dungeon.lore.entry import MAX_ENTRIES
from dungeon.story import Adventure
from dungeon.text import clean_line
from dungeon.transfer.imports import Notes
from dungeon.transfer.lorebook import MAX_TITLE, Card, make_entry, read_entries


def read_world_info(value: object, notes: Notes) -> str:
    """Read a list, or the object of KoboldAI 2; return the entries as an adventure stores them."""
    return lore.dump(entry for entry, _ in read_entries(_entries(value), notes, _read))


def _entries(value: object) -> list[object]:
    if isinstance(value, dict):  # of version 2
        entries = value.get("entries")
        value = list(entries.values()) if isinstance(entries, dict) else []
    return value if isinstance(value, list) else []


def _read(card: Card) -> LoreEntry:
    return make_entry(
        card,
        card.text("title", "comment"),
        card.text("content"),
        card.keys("key"),
        secondary=card.keys("keysecondary") if card.flag("selective") else (),
        excluding=card.keys("keyanti"),
        always=card.flag("constant"),
        enabled=not card.flag("widisabled"),
        probability=card.percent("probability"),
        group=clean_line(card.text("wigroup"))[:MAX_TITLE],
    )


def write_world_info(adventure: Adventure, imported: object) -> list[dict[str, Any]]:
    """Return the lore as the world info of KoboldAI 1; `imported` is the one that was read.

    An entry that Grue could not read stays as it was, behind the others.
    """
    read = list(_read_again(_entries(imported)))
    entries = lore.load(adventure.lore)
    sources = _sources(entries, [(fields, was) for fields, was in read if was is not None])
    written = [_write(entry, *sources.get(entry.id, ({}, None))) for entry in entries]
    return [*written, *(fields for fields, was in read if was is None)]


def after_writing(entry: LoreEntry) -> LoreEntry:
    """Return what is read again of an entry that was written. Raises InputRefused."""
    return _read(Card(_fields(entry), Notes("")))


def _read_again(values: Sequence[object]) -> Iterator[tuple[dict[str, Any], LoreEntry | None]]:
    """Yield what each entry was read from, and the entry; None where an import makes none."""
    notes, number = Notes(""), 0
    for fields in values:
        if not isinstance(fields, dict) or number == MAX_ENTRIES:
            continue
        try:
            entry = _read(Card(fields, notes))
        except InputRefused:
            entry = None
        entry = entry if entry is not None and entry.content else None
        number += entry is not None
        yield fields, entry


_Source = tuple[dict[str, Any], LoreEntry]


def _sources(entries: Sequence[LoreEntry], read: Sequence[_Source]) -> dict[str, _Source]:
    """Return what the entries were read from, by their ids, which KoboldAI does not know.

    It is the one that an import makes the same entry of, or else one that shares title, text or
    keys: of an entry that was changed since, one of these has mostly stayed.
    """
    found: dict[str, _Source] = {}
    free = dict(enumerate(read))
    for traits in (_whole, lambda entry: entry.title, lambda entry: entry.content, _keys):
        places: dict[Hashable, list[int]] = {}
        for at, (_, was) in free.items():
            places.setdefault(traits(was), []).append(at)
        for entry in entries:
            near = places.get(traits(entry)) if entry.id not in found else None
            if near:
                found[entry.id] = free.pop(near.pop(0))
    return found


def _whole(entry: LoreEntry) -> Hashable:
    return replace(entry, id="x")


def _keys(entry: LoreEntry) -> Hashable:
    return entry.keys or entry.id


def _write(entry: LoreEntry, source: dict[str, Any], was: LoreEntry | None) -> dict[str, Any]:
    fields = _fields(entry)
    if "title" in source:
        fields["title"] = entry.title
    if was is None or not isinstance(source.get("key"), str):  # of Grue, or of version 2
        return {"folder": None, **source, **fields}
    before = {**_fields(was), "title": was.title}
    return source | {name: value for name, value in fields.items() if value != before[name]}


def _fields(entry: LoreEntry) -> dict[str, Any]:
    """Return an entry with the fields of version 1 and of Lite."""
    return {
        "key": ", ".join(entry.keys),
        "keysecondary": ", ".join(entry.secondary),
        "keyanti": ", ".join(entry.excluding),
        "comment": entry.title,
        "content": entry.content,
        "selective": bool(entry.secondary),
        "constant": entry.always,
        "probability": entry.probability,
        "wigroup": entry.group,
        "widisabled": not entry.enabled,
    }
