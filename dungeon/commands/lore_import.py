"""Add the lore of a file, of Grue or of another program, to an adventure."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from dungeon import lore, scenarios, story, transfer
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry
from dungeon.lore.editing import check_patterns
from dungeon.lore.entry import MAX_ENTRIES
from dungeon.story import Adventure, Changes
from dungeon.text import safety, typed_path
from dungeon.text.counts import count
from dungeon.threads import run_in_thread
from dungeon.transfer.advice import LORE
from dungeon.transfer.foreign_json import object_of
from dungeon.transfer.imports import Imported
from dungeon.transfer.silly_tavern_card import PLAYER
from dungeon.turns.game import Game


async def import_lore(game: Game, typed: str) -> str:
    """Add the lore in the file at a typed path; return what was added, and the report.

    Raises InputRefused or NotSaved.
    """
    imported = await run_in_thread(read_file, typed)
    changes, added = add(game.adventure, imported)
    await game.revise(**changes)
    return "\n".join([f"{added[0].upper()}{added[1:]}.", *imported.lore_lines()])


def read_file(typed: str) -> Imported:
    """Return what is in the file at a path that a player typed behind /lore import."""
    return transfer.read_file(typed_path(typed), advice=LORE)


def add(adventure: Adventure, imported: Imported) -> tuple[Changes, str]:
    """Return the changes that add the lore of an import, and a phrase that says how much.

    An entry that is there already is left out. Raises InputRefused where there is no lore.
    """
    known = lore.load(adventure.lore)
    read = [entry for stored in _stored(imported, known) for entry in lore.load(stored)]
    if not read:
        raise InputRefused(f"There is no lore in the file, which is {imported.report.format}.")
    seen = {_without_id(entry) for entry in known}
    fresh: dict[str, LoreEntry] = {}
    for entry in read:
        safety.refuse_forbidden(f"{entry.title}\n{entry.content}")
        if (same := _without_id(entry)) not in seen:
            seen.add(same)
            fresh[story.new_id()] = entry
    if len(known) + len(fresh) > MAX_ENTRIES:
        raise InputRefused(f"An adventure has at most {MAX_ENTRIES:,} lore entries. Remove some.")
    added = [replace(entry, id=new) for new, entry in fresh.items()]
    check_patterns([*known, *added] if any(each.pattern_keys for each in added) else ())
    names = {entry.id: new for new, entry in fresh.items()}
    changes: Changes = {"lore": lore.dump([*known, *added])}
    if imported.lore_fields:
        changes["foreign_fields"] = _merge(
            adventure.foreign_fields, json.loads(imported.lore_fields), names
        )
    there = len(read) - len(fresh)
    left_out = f", {there:,} there already" if there else ""
    return changes, f"{count(len(fresh), 'lore entry', 'lore entries')} added{left_out}"


def _stored(imported: Imported, known: Sequence[LoreEntry]) -> list[str]:
    """Return the lore of everything that is in the file, for an adventure with `known` entries."""
    if imported.scenarios:  # each greeting of a character is one, with the same lore
        whole = replace(imported.scenarios[0], lore=imported.lore)
        name = _player_name(lore.load(imported.lore), known) or "you"
        return [scenarios.fill(whole, {PLAYER.name: name}).lore]
    return [imported.lore, *(each.lore for each in imported.adventures)]


def _player_name(read: Iterable[LoreEntry], known: Iterable[LoreEntry]) -> str:
    """Return how the player is called in those of the entries that the adventure has already."""
    contents = {replace(each, id="x", content=""): each.content for each in known}
    for entry in read:
        first, *parts = entry.content.split("${" + PLAYER.name + "}")
        content = contents.get(replace(entry, id="x", content=""))
        if parts and content is not None:
            length = (len(content) - len("".join((first, *parts)))) // len(parts)
            name = content[len(first) : len(first) + length]
            if name and name.join((first, *parts)) == content:
                return name
    return ""


def _without_id(entry: LoreEntry) -> LoreEntry:
    return replace(entry, id="x")


def _merge(present: str, read: dict[str, Any], names: dict[str, str]) -> str:
    """Return the foreign fields with those of the entries, under the ids that these have now."""
    fields = object_of(json.loads(present)) if present else {}
    for format_id, found in read.items():
        before = object_of(fields.get(format_id))
        sources = {
            names[each]: source for each, source in found["entries"].items() if each in names
        }
        fields[format_id] = {
            "book": {**object_of(before.get("book")), **found["book"]},
            "entries": {**object_of(before.get("entries")), **sources},
        }
    return json.dumps(fields, separators=(",", ":"), sort_keys=True)
