"""Write the lore entries of an adventure as a lorebook of SillyTavern (world info)."""

import json
from typing import Any

from dungeon import lore
from dungeon.lore import LoreEntry
from dungeon.story import Adventure
from dungeon.transfer.formats import Format

_AND_ANY, _NOT_ANY = 0, 2
"""What `selectiveLogic` does with the secondary keys."""


def write(adventure: Adventure) -> str:
    """Return the lorebook as JSON; one without entries where the adventure has no lore."""
    entries = enumerate(lore.load(adventure.lore))
    book = {"entries": {str(number): _entry(number, entry) for number, entry in entries}}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _entry(number: int, entry: LoreEntry) -> dict[str, Any]:
    """Return an entry. Where it has keys of both kinds, the excluding ones have no place."""
    is_excluding = bool(entry.excluding) and not entry.secondary
    return {
        "uid": number,
        "displayIndex": number,
        "key": list(entry.keys),
        "keysecondary": list(entry.secondary or entry.excluding),
        "selective": bool(entry.secondary or entry.excluding),
        "selectiveLogic": _NOT_ANY if is_excluding else _AND_ANY,
        "comment": entry.title,
        "addMemo": True,
        "content": entry.content,
        "constant": entry.always,
        "disable": not entry.enabled,
        "order": entry.order,
        "position": 0,
        "probability": entry.probability,
        "useProbability": True,
        "scanDepth": entry.depth,
        "caseSensitive": entry.case_sensitive,
        "matchWholeWords": True,
        "group": entry.group,
        "groupWeight": entry.weight,
        "sticky": entry.sticky,
        "cooldown": entry.cooldown,
        "delay": entry.delay,
        "preventRecursion": not entry.recursive,
    }


FORMAT = Format(
    "sillytavern-lorebook",
    "a lorebook of SillyTavern",
    write=lambda adventure: write(adventure).encode(),
    summary="the lore entries as a lorebook of SillyTavern, without the story",
    extension="json",
)
