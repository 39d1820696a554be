"""Build a scenario from another program's file, cut to the lengths that Grue's scenarios have."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dungeon import lore
from dungeon.scenarios.derived import summarise
from dungeon.scenarios.macros import without_faults
from dungeon.scenarios.parser import DEFAULT_GENRE, LIMITS, MAX_FOREIGN, MAX_LORE
from dungeon.story import Question, Scenario
from dungeon.text import clean, clean_line
from dungeon.text.counts import count
from dungeon.transcript import normalise
from dungeon.transfer.foreign_json import dump_formats, shown_names
from dungeon.transfer.formats import Document
from dungeon.transfer.imports import Notes
from dungeon.transfer.strict_json import refuse


def build_scenario(
    document: Document,
    notes: Notes,
    *,
    title: str,
    summary: str,
    opening: str,
    memory: str = "",
    note: str = "",
    questions: tuple[Question, ...] = (),
    entries: str = "",
    foreign: str = "",
) -> Scenario:
    """Return the scenario, and note what it holds and what was cut."""
    opening = normalise(clean(opening))
    if not opening:
        refuse(document.name, f"is {notes.format}, but there is no opening in it")
    texts = {
        "title": clean_line(title) or clean_line(document.stem) or "Untitled",
        "summary": clean_line(summary) or summarise(opening),
        "opening": opening,
        "memory": normalise(clean(memory)),
        "note": clean_line(note),
    }
    for name, text in texts.items():
        if len(text) > LIMITS[name]:
            texts[name] = text[: LIMITS[name] - 1].rstrip() + "…"
            notes.changed.append(f"the {name} cut to {LIMITS[name]:,} characters")
        if texts[name] != (plain := without_faults(texts[name])):
            texts[name] = plain
            notes.changed.append("macros that cannot be drawn, to their words")
    notes.taken += ["a scenario", *(name for name in ("opening", "memory", "note") if texts[name])]
    if questions:
        notes.taken.append(count(len(questions), "question"))
    kept = _fitting(entries, notes)
    prose = (texts["title"], DEFAULT_GENRE, texts["summary"], texts["opening"])
    return Scenario(
        "", *prose, texts["memory"], texts["note"], questions, kept, foreign_fields=foreign
    )


def _fitting(stored: str, notes: Notes) -> str:
    """Return the first lore entries that a scenario has room for, and note the others."""
    entries, kept = lore.load(stored), stored
    while len(kept) > MAX_LORE:
        entries = entries[: min(len(entries) * MAX_LORE // len(kept), len(entries) - 1)]
        kept = lore.dump(entries)
    if left := len(lore.load(stored)) - len(entries):
        phrase = count(left, "lore entry", "lore entries")
        notes.no_room.append(f"{phrase} (`/lore import` of the file adds them to an adventure)")
    return kept


def fit_fields(fields: dict[str, dict[str, Any]], notes: Notes) -> str:
    """Return what is kept for other formats, by their ids, as a scenario has room for it.

    The largest fields go first, and that is noted; of an object in a format, its own fields. Where
    there are thousands, or what is left is names of empty objects, all of them go.
    """
    too_long = len(dump_formats(fields)) + _COMMAS - MAX_FOREIGN
    gone: dict[str, None] = {}
    places = list(islice(_places(fields), _MOST_FIELDS)) if too_long > 0 else []
    for place in sorted(places, key=lambda each: -each.size):
        if too_long <= 0:
            break
        too_long -= place.size
        del place.fields[place.name]
        gone[place.shown] = None
    kept = dump_formats(fields)
    if len(kept) > MAX_FOREIGN:
        _clear(fields)
        notes.no_room.append("all fields that Grue does not know")
        return ""
    notes.no_room += shown_names(gone)
    return kept


def _clear(fields: dict[str, Any]) -> None:
    """Remove the fields of every format, as the report says then."""
    for each in fields.values():
        if isinstance(each, dict):
            _clear(each)
            each.clear()


_MOST_FIELDS = 10_000
"""Fields of which the largest are looked for; real files have some hundred."""


_COMMAS = 16
"""Characters that may stay when fields go: the last one of an object has no comma behind it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A field that is kept, in the object that has it."""

    fields: dict[str, Any]
    name: str
    shown: str
    """What a report calls it."""

    @property
    def size(self) -> int:
        """Characters that go with it."""
        return len(json.dumps({self.name: self.fields[self.name]}, separators=(",", ":"))) - 1


def _places(fields: dict[str, dict[str, Any]]) -> Iterator[_Place]:
    for each in fields.values():
        for name, value in each.items():
            if not isinstance(value, dict):
                yield _Place(each, name, name)
                continue
            for inner in value:
                is_entry = name == "entries"  # by an id that says nothing to a player
                shown = "unknown fields of lore entries" if is_entry else inner
                yield _Place(value, inner, shown)
