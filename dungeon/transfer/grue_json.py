"""Grue's own JSON format: a whole adventure, every branch, with hashes."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from dungeon import lore
from dungeon.dice import DiceRules, read_rules
from dungeon.errors import InputRefused
from dungeon.story import (
    MAX_NOTE_DEPTH,
    Adventure,
    Checkpoints,
    Kind,
    Provenance,
    StorySummary,
    SummarySource,
    Turn,
)
from dungeon.story.branching import MAX_CHECKPOINTS
from dungeon.text import clean, clean_line
from dungeon.text.counts import count
from dungeon.transfer import strict_json
from dungeon.transfer.formats import EVERYTHING, Document, Format
from dungeon.transfer.grue_state import read_state_events
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.strict_json import (
    Fields,
    expect_datetime,
    expect_integer,
    expect_text,
    quote,
    refuse,
)

NAME = "grue adventure"
VERSION = 1
"""Raised when an older Grue could no longer read what is written."""

MAX_TURNS = 100_000
"""Turns of all branches: an edit copies those after it onto another line."""

MAX_NAME = 1_000
"""Characters of a title or of a scenario's name."""

MAX_SETTINGS = 100
"""Sampling settings of a turn, and values in a list of one."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────


def write(adventure: Adventure) -> str:
    """Return the adventure as a JSON document."""
    root = {"format": NAME, "version": VERSION, **document(adventure)}
    return json.dumps(root, ensure_ascii=False, indent=1) + "\n"


def document(adventure: Adventure) -> dict[str, Any]:
    """Return the adventure as a JSON-ready dictionary, its turns in the order of creation."""
    turns = [turn.to_dict() | {"sha256": turn.sha256} for turn in adventure.turns.values()]
    found = {**adventure.to_dict(), "turns": turns}
    if adventure.summaries:
        found["summaries"] = [summary.to_dict() for summary in adventure.summaries]
    if adventure.state_events:
        found["state_events"] = [event.to_dict() for event in adventure.state_events]
    return found


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def read(name: str, text: str) -> Adventure:
    """Return the adventure in the JSON document `text`; error messages call the file `name`.

    Verifies the hash of every turn. Raises InputRefused, naming file and place, for anything that
    `write` does not write.
    """
    return _read_document(name, strict_json.parse(name, text))


def _read_document(name: str, parsed: object) -> Adventure:
    root = Fields(name, parsed)
    if "format" not in root or root.read("format", _any) != NAME:
        refuse(name, f"is JSON, but not an adventure (it lacks “format”: “{NAME}”)")
    version = root.read("version", expect_integer)
    if version != VERSION:
        refuse(name, f"was written by another Grue (format {version}; this one reads {VERSION})")
    adventure = _adventure(root)
    root.refuse_unread()
    return adventure


def _recognises(document: Document) -> bool:
    return document.has("format") and document.json["format"] == NAME


def _import(document: Document) -> Imported:
    adventure = _read_document(document.name, document.json)
    notes = Notes(FORMAT.title, taken=[count(len(adventure.turns), "turn") + " of all branches"])
    return Imported(notes.report(), (adventure,))


def _adventure(root: Fields) -> Adventure:
    turns = root.read("turns", _turns)
    return Adventure(
        id=root.read("id", _id),
        title=root.read("title", _name),
        scenario=root.read("scenario", _name),
        memory=clean(root.read("memory", expect_text)),
        note=clean(root.read("note", expect_text)),
        turns=MappingProxyType(turns),
        head=root.read("head", partial(_turn_id, turns)),
        tip=root.read("tip", partial(_turn_id, turns)),
        created=root.read("created", expect_datetime),
        changed=root.read("changed", expect_datetime),
        foreign_fields=root.read("foreign_fields", _foreign) if "foreign_fields" in root else "",
        lore=root.read("lore", _lore) if "lore" in root else "",
        **_optional(root, turns),
    )


def _optional(root: Fields, turns: Mapping[str, Turn]) -> dict[str, Any]:
    """Return the fields that an older export lacks."""
    readers: dict[str, Callable[[str, object], Any]] = {
        "checkpoints": partial(_checkpoints, turns),
        "origin": _name,
        "tags": _tags,
        "favourite": _flag,
        "note_depth": _note_depth,
        "dice": _dice,
        "summaries": partial(_summaries, turns),
        "state_events": partial(read_state_events, turns),
    }
    return {name: root.read(name, read) for name, read in readers.items() if name in root}


def _checkpoints(turns: Mapping[str, Turn], place: str, value: object) -> Checkpoints:
    """Return checkpoints: by each name the id of a turn, or a list of them."""
    if not isinstance(value, dict):
        refuse(place, "must be an object")
    if len(value) > MAX_CHECKPOINTS:
        refuse(place, f"has more than {MAX_CHECKPOINTS:,} checkpoints")
    found: dict[str, tuple[str, ...]] = {}
    for name, named in value.items():
        ids = named if isinstance(named, list) else [named]
        if not ids or None in ids:
            refuse(place, "names no turn")
        known = dict.fromkeys(str(_turn_id(turns, place, each)) for each in ids)
        found[_name(place, name)] = tuple(known)
    return MappingProxyType(found)


def _tags(place: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_SETTINGS:
        refuse(place, f"must be a list of at most {MAX_SETTINGS} tags")
    return tuple(filter(None, (_name(place, tag) for tag in value)))


def _summaries(turns: Mapping[str, Turn], place: str, value: object) -> tuple[StorySummary, ...]:
    if not isinstance(value, list) or len(value) > MAX_TURNS:
        refuse(place, f"must be a list of at most {MAX_TURNS:,} summaries")
    found = tuple(
        _summary(turns, Fields(f"{place}[{number}]", item)) for number, item in enumerate(value)
    )
    if len({each.id for each in found}) < len(found):
        refuse(place, "has the same id twice")
    return found


def _summary(turns: Mapping[str, Turn], item: Fields) -> StorySummary:
    source = item.read("source", _line)
    if source not in set(SummarySource):
        refuse(item.at("source"), f"{quote(source)} writes no summaries")
    covers = item.read("covers", _line)
    summary = StorySummary(
        id=item.read("id", _id),
        turn=item.read("turn", partial(_turn_id, turns)) or refuse(item.at("turn"), "is missing"),
        covers=_turn_id(turns, item.at("covers"), covers or None) or "",
        text=clean(item.read("text", expect_text)),
        source=SummarySource(source),
        pinned=item.read("pinned", _flag),
        created=item.read("created", expect_datetime),
    )
    item.refuse_unread()
    return summary


def _note_depth(place: str, value: object) -> int:
    depth = expect_integer(place, value)
    if not 0 <= depth <= MAX_NOTE_DEPTH:
        refuse(place, f"must be from 0 to {MAX_NOTE_DEPTH}")
    return depth


def _dice(place: str, value: object) -> DiceRules:
    try:
        return read_rules(value, place)
    except InputRefused as error:
        return refuse(place, f"is no set of dice rules ({error})")


def _flag(place: str, value: object) -> bool:
    return value if isinstance(value, bool) else refuse(place, "must be true or false")


def _turns(place: str, value: object) -> dict[str, Turn]:
    if not isinstance(value, list):
        refuse(place, "must be a list")
    if len(value) > MAX_TURNS:
        refuse(place, f"has more than {MAX_TURNS:,} turns")
    turns: dict[str, Turn] = {}
    for number, item in enumerate(value):
        turn = _turn(Fields(f"{place}[{number}]", item), turns)
        turns[turn.id] = turn
    return turns


def _turn(item: Fields, before: Mapping[str, Turn]) -> Turn:
    """Return a turn whose hash is right; its text is cleaned only after that check."""
    turn = Turn(
        id=item.read("id", _id),
        parent=item.read("parent", partial(_turn_id, before)),
        kind=item.read("kind", _kind),
        action=item.read("action", expect_text),
        text=item.read("text", expect_text),
        provenance=item.read("provenance", _provenance),
        created=item.read("created", expect_datetime),
    )
    if turn.id in before:
        refuse(item.at("id"), f"the turn {turn.id} is there twice")
    if item.read("sha256", expect_text) != turn.sha256:
        refuse(item.at("sha256"), "the turn is not what was written: its hash does not fit")
    item.refuse_unread()
    return replace(turn, action=clean(turn.action), text=clean(turn.text))


def _foreign(place: str, value: object) -> str:
    """Return the fields of other programs, which are JSON themselves."""
    text = clean(expect_text(place, value))
    if text and not isinstance(strict_json.parse(place, text), dict):
        refuse(place, "must be an object")
    return text


def _lore(place: str, value: object) -> str:
    """Return lore entries, which are JSON themselves, in the form in which they are stored."""
    text = clean(expect_text(place, value))
    if text:
        strict_json.parse(place, text)
    try:
        return lore.dump(lore.load(text))
    except InputRefused as error:
        return refuse(place, f"is no lore ({error})")


def _any(_place: str, value: object) -> object:
    return value


def _name(place: str, value: object) -> str:
    name = _line(place, value)
    return name if len(name) <= MAX_NAME else refuse(place, f"has more than {MAX_NAME} characters")


def _line(place: str, value: object) -> str:
    return clean_line(expect_text(place, value))


def _id(place: str, value: object) -> str:
    text = expect_text(place, value)
    return text if _ID.fullmatch(text) else refuse(place, f"{quote(text)} is no id")


def _kind(place: str, value: object) -> Kind:
    text = expect_text(place, value)
    return Kind(text) if text in set(Kind) else refuse(place, f"{quote(text)} is no kind of turn")


def _turn_id(turns: Mapping[str, Turn], place: str, value: object) -> str | None:
    """Return the id of one of `turns`, or None. A parent must come before its child."""
    if value is None or (isinstance(value, str) and value in turns):
        return value
    return refuse(place, f"{quote(value)} is no turn known here")


def _provenance(place: str, value: object) -> Provenance:
    """Return the provenance; fields that an older Grue did not have may be missing."""
    item = Fields(place, value)
    special: dict[str, Callable[[str, object], Any]] = {
        "model": _line,
        "ended": _line,
        "prompt_sha256": _line,
        "beginning": lambda place, value: clean(expect_text(place, value)),
        "prompt_first_turn": _line,
        "carried_from": _line,
        "lore": _line,
        "scripts": lambda place, value: clean(expect_text(place, value)),
        "settings": lambda place, value: clean(expect_text(place, value)),
        "roll": _line,
        "sampling": _sampling,
        "seed": lambda place, value: None if value is None else expect_integer(place, value),
    }
    names = [field.name for field in fields(Provenance) if field.name in item]
    known = {name: item.read(name, special.get(name, expect_integer)) for name in names}
    item.refuse_unread()
    return Provenance(**known)


def _sampling(place: str, value: object) -> dict[str, Any]:
    """Return sampling settings: names, and numbers, words, or flat lists of them."""
    if not isinstance(value, dict):
        refuse(place, "must be an object")
    if len(value) > MAX_SETTINGS:
        refuse(place, f"has more than {MAX_SETTINGS} settings")
    names = {name: _line(place, name) for name in value}
    return {names[name]: _setting(f"{place}.{names[name]}", value[name]) for name in value}


def _setting(place: str, value: object, *, within_list: bool = False) -> Any:
    match value:
        case None | bool() | float():
            return value
        case int():
            return expect_integer(place, value)
        case str():
            return clean(expect_text(place, value))
        case list() if not within_list and len(value) <= MAX_SETTINGS:
            return [_setting(place, one, within_list=True) for one in value]
    return refuse(place, "must be a number, a word, or a list of them")


FORMAT = Format(
    "grue",
    "an export of Grue",
    _recognises,
    _import,
    lambda adventure: write(adventure).encode(),
    "everything: all branches, and where each turn came from",
    "json",
    EVERYTHING,
)
