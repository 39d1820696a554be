"""Say which rules of the lore an export has no place for."""

from collections.abc import Callable, Iterator
from dataclasses import fields

from dungeon import lore
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry
from dungeon.story import Adventure
from dungeon.text.counts import count

_NAMES = {
    "secondary": "second keys",
    "excluding": "excluding keys",
    "always": "always on",
    "enabled": "on or off",
    "case_sensitive": "case",
    "recursive": "recursion",
}
"""What a report calls the fields of an entry; the others by their own names."""


def lost_rules(
    adventure: Adventure, after_writing: Callable[[LoreEntry], LoreEntry]
) -> Iterator[str]:
    """Yield one phrase for the rules that are other ones once the entries are read again.

    `after_writing` returns an entry as it is read again, or raises InputRefused.
    """
    lost: dict[str, None] = {}
    changed = 0
    for entry in lore.load(adventure.lore):
        names = _differing(entry, after_writing)
        lost |= dict.fromkeys(_NAMES.get(name, name) for name in names)
        changed += bool(names)
    if lost:
        yield f"of {count(changed, 'lore entry', 'lore entries')} the {', '.join(lost)}"


def _differing(entry: LoreEntry, after_writing: Callable[[LoreEntry], LoreEntry]) -> list[str]:
    try:
        again = after_writing(entry)
    except InputRefused:
        return ["text"]
    names = (field.name for field in fields(LoreEntry) if field.name != "id")
    return [name for name in names if getattr(entry, name) != getattr(again, name)]
