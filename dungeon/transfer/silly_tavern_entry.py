"""One entry of a lorebook of SillyTavern, and the lore entry that it is.

SillyTavern counts messages, and Grue turns, which are two messages each. What an entry was read
from is kept, and only those of its fields are written anew that were changed since.
"""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from dungeon.lore import LoreEntry
from dungeon.lore.entry import DEFAULT_DEPTH, MAX_DEPTH, MAX_STICKY
from dungeon.text import clean_line
from dungeon.transfer.foreign_json import object_of
from dungeon.transfer.imports import Notes
from dungeon.transfer.lorebook import MAX_TITLE, Card, make_entry

AND_ANY, NOT_ALL, NOT_ANY, AND_ALL = range(4)
"""What `selectiveLogic` does with the secondary keys."""

_AT_DEPTH = 4
"""The position of an entry that stands among the messages."""

_BOOK_FIELDS: Mapping[str, str] = {
    "keys": "key",
    "secondary_keys": "keysecondary",
    "insertion_order": "order",
}
"""Fields of an entry of a character book, by what a lorebook calls them."""

_SAME = frozenset("id content priority selective constant position name comment use_regex "
                  "case_sensitive".split())  # fmt: skip
"""Fields of an entry of a character book that a lorebook calls the same, or has not."""

_ONLY_IN_LOREBOOKS = frozenset("disable enabled uid".split())

_EXTENSIONS: Mapping[str, str] = {
    "scan_depth": "scanDepth",
    "group_weight": "groupWeight",
    "group_override": "groupOverride",
    "prevent_recursion": "preventRecursion",
    "exclude_recursion": "excludeRecursion",
    "delay_until_recursion": "delayUntilRecursion",
    "match_whole_words": "matchWholeWords",
    "case_sensitive": "caseSensitive",
    "use_group_scoring": "useGroupScoring",
    "display_index": "displayIndex",
    "automation_id": "automationId",
    "outlet_name": "outletName",
    "ignore_budget": "ignoreBudget",
}
"""Extensions of SillyTavern's own, by what a lorebook calls them."""


def from_character_book(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of a character book as an entry of a lorebook."""
    found: dict[str, Any] = {_BOOK_FIELDS.get(name, name): fields[name] for name in fields}
    more = object_of(found.pop("extensions", None))
    for name, value in more.items():
        found.setdefault(_EXTENSIONS.get(name, name), value)
    if isinstance(more.get("position"), int):  # the other one only says before or after
        found["position"] = more["position"]
    found["disable"] = fields.get("enabled") is False
    return found


def to_character_book(number: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of a lorebook as an entry of a character book."""
    names = {name: each for each, name in _BOOK_FIELDS.items()}
    moved = {name: each for each, name in _EXTENSIONS.items()}
    found: dict[str, Any] = {"id": number, "enabled": fields.get("disable") is not True}
    extensions: dict[str, Any] = {}
    for name, value in fields.items():
        if name in names or name in _SAME:
            found[names.get(name, name)] = value
        elif name not in _ONLY_IN_LOREBOOKS:
            extensions[moved.get(name, name)] = value
    if isinstance(found["id"], int):
        found["id"] = number
    if isinstance(found.get("position"), int):  # what a lorebook counts is an extension
        extensions["position"] = found["position"]
        found["position"] = "after_char" if found["position"] else "before_char"
    return {**found, "extensions": extensions}


def read(card: Card) -> LoreEntry:
    """Return the lore entry. Raises InputRefused."""
    notes = card.notes
    secondary, excluding = _others(card)
    if card.fields.get("matchWholeWords") is False:
        notes.changed.append("lore keys match whole words only")
    if card.number("position") == _AT_DEPTH:
        notes.changed.append("lore entries that stood among the messages stand after the memory")
    for name, what in _UNKNOWN.items():
        if card.fields.get(name):
            notes.changed.append(f"lore entries: {what}")
    groups = clean_line(card.text("group")).split(",")
    is_certain = card.fields.get("useProbability") is False
    return make_entry(
        card,
        card.text("name", "comment"),
        card.text("content"),
        card.keys("key"),
        secondary=secondary,
        excluding=excluding,
        always=card.flag("constant"),
        enabled=not card.flag("disable"),
        case_sensitive=card.flag("caseSensitive", "case_sensitive"),
        order=card.number("order", default=100),
        probability=100 if is_certain else card.percent("probability"),
        depth=_depth(card),
        group=groups[0].strip()[:MAX_TITLE],
        weight=max(card.number("groupWeight", default=100), 1),
        sticky=min(_turns(card.number("sticky")), MAX_STICKY),
        cooldown=min(_turns(card.number("cooldown")), MAX_STICKY),
        delay=_turns(card.number("delay")),
        recursive=not card.flag("preventRecursion"),
    )


_UNKNOWN = {
    "excludeRecursion": "other entries can make them fire",
    "delayUntilRecursion": "they do not wait for others",
    "vectorized": "fire by their keys, not by meaning",
    "characterFilter": "hold for every character",
}
"""Rules that Grue has not, by what happens without them."""


def _others(card: Card) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the secondary and the excluding keys."""
    keys = card.keys("keysecondary") if card.fields.get("selective") is not False else ()
    logic = card.number("selectiveLogic")
    if logic in (NOT_ALL, AND_ALL) and len(keys) > 1:
        card.notes.changed.append("lore keys of which all had to be mentioned: one is enough")
    return ((), keys) if logic in (NOT_ALL, NOT_ANY) else (keys, ())


def _depth(card: Card) -> int:
    messages = card.number("scanDepth")
    return min(messages // 2 + 1, MAX_DEPTH) if messages > 0 else DEFAULT_DEPTH


def _turns(messages: int) -> int:
    return max(messages + 1, 0) // 2


def free_numbers(sources: Iterable[Mapping[str, Any]], name: str) -> list[int]:
    """Return a number for each entry, for SillyTavern keeps one of those that have the same: what
    its source calls `name`, or the first one that is free.
    """
    own: set[int] = set()
    found: list[int | None] = []
    for source in sources:
        number = source.get(name)
        if type(number) is int and number not in own:
            own.add(number)
            found.append(number)
        else:
            found.append(None)
    free = (number for number in count() if number not in own)
    return [next(free) if number is None else number for number in found]


_TOGETHER = (
    frozenset({"keysecondary", "selective", "selectiveLogic"}),
    frozenset({"probability", "useProbability"}),
)
"""Fields of which one says what another one means."""

_ALSO = {"comment": "name", "disable": "enabled", "caseSensitive": "case_sensitive"}
"""Fields that an entry of a character book may have as well, for the same."""


def write(number: int, entry: LoreEntry, source: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return the entry as SillyTavern has it: the `source` that it was read from, with what was
    changed since. The source is empty for an entry of Grue.

    Where an entry has secondary and excluding keys, the excluding ones have no place. The `notes`
    are those of all entries, as in an import.
    """
    fields = _fields(entry)
    if not source:
        return {**_DEFAULTS, "uid": number, "displayIndex": number, **fields}
    before = _fields(read(Card(dict(source), notes)))
    changed = {name for name, value in fields.items() if value != before[name]}
    changed = changed.union(*(group for group in _TOGETHER if group & changed))
    found = {**source, **{name: fields[name] for name in changed}}
    for name, also in _ALSO.items():
        if name in changed and also in source:
            found[also] = not fields[name] if name == "disable" else fields[name]
    return found


def _fields(entry: LoreEntry) -> dict[str, Any]:
    is_excluding = bool(entry.excluding) and not entry.secondary
    return {
        "key": list(entry.keys),
        "keysecondary": list(entry.secondary or entry.excluding),
        "selective": bool(entry.secondary or entry.excluding),
        "selectiveLogic": NOT_ANY if is_excluding else AND_ANY,
        "comment": entry.title,
        "content": entry.content,
        "constant": entry.always,
        "disable": not entry.enabled,
        "order": entry.order,
        "probability": entry.probability,
        "useProbability": True,
        "scanDepth": 2 * entry.depth - 1,
        "caseSensitive": entry.case_sensitive,
        "group": entry.group,
        "groupWeight": entry.weight,
        "sticky": 2 * entry.sticky,
        "cooldown": 2 * entry.cooldown,
        "delay": 2 * entry.delay,
        "preventRecursion": not entry.recursive,
    }


def after_writing(entry: LoreEntry) -> LoreEntry:
    """Return what is read again of an entry that was written. Raises InputRefused."""
    return read(Card(write(0, entry, {}, Notes("")), Notes("")))


_DEFAULTS = {"addMemo": True, "position": 0, "matchWholeWords": True}
