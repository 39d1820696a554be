"""Grue's own JSON format: a whole adventure, every branch, with hashes."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from dungeon.story import Adventure, Kind, Provenance, Turn, provenance_document
from dungeon.text import clean, clean_line
from dungeon.transfer import strict_json
from dungeon.transfer.strict_json import Fields, quoted, refuse

FORMAT = "grue adventure"
VERSION = 1
"""Counts up when an older Grue could no longer read what is written."""

MOST_TURNS = 50_000
LONGEST_NAME = 1_000
"""Characters of a title or of a scenario's name."""

MOST_SETTINGS = 100
"""Sampling settings a turn may name."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────


def write(adventure: Adventure) -> str:
    """Return the adventure as a JSON document."""
    whole = {"format": FORMAT, "version": VERSION, **document(adventure)}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def document(adventure: Adventure) -> dict[str, Any]:
    """Return the adventure as a JSON-ready dictionary, its turns in the order they were made."""
    return {
        "id": adventure.id,
        "title": adventure.title,
        "scenario": adventure.scenario,
        "memory": adventure.memory,
        "note": adventure.note,
        "created": adventure.created.isoformat(),
        "changed": adventure.changed.isoformat(),
        "head": adventure.head,
        "tip": adventure.tip,
        "turns": [turn_document(turn) for turn in adventure.turns.values()],
    }


def turn_document(turn: Turn) -> dict[str, Any]:
    """Return the turn as a JSON-ready dictionary."""
    return {
        "id": turn.id,
        "parent": turn.parent,
        "kind": turn.kind.value,
        "action": turn.action,
        "text": turn.text,
        "created": turn.created.isoformat(),
        "provenance": provenance_document(turn.provenance),
        "sha256": turn.sha256,
    }


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def read(name: str, text: str) -> Adventure:
    """Return the adventure that the JSON document `text` holds; `name` is the file's, for refusals.

    Every turn's hash is verified. Raises InputRefused, naming file and place, for anything else
    than what `write` writes.
    """
    whole = Fields(name, strict_json.parse(name, text))
    if not whole.has("format") or whole.take("format") != FORMAT:
        refuse(name, f"is JSON, but not an adventure (it lacks “format”: “{FORMAT}”)")
    version = strict_json.integer_of(whole.at("version"), whole.take("version"))
    if version != VERSION:
        refuse(name, f"was written by another Grue (format {version}; this one reads {VERSION})")
    adventure = _adventure(whole)
    whole.done()
    return adventure


def _adventure(whole: Fields) -> Adventure:
    turns = _turns(whole.at("turns"), whole.take("turns"))
    return Adventure(
        id=_id(whole.at("id"), whole.take("id")),
        title=_name(whole, "title"),
        scenario=_name(whole, "scenario"),
        memory=clean(whole.text("memory")),
        note=clean(whole.text("note")),
        turns=MappingProxyType(turns),
        head=_place_in_tree(whole, "head", turns),
        tip=_place_in_tree(whole, "tip", turns),
        created=whole.moment("created"),
        changed=whole.moment("changed"),
    )


def _name(whole: Fields, field: str) -> str:
    name = clean_line(whole.text(field))
    if len(name) > LONGEST_NAME:
        refuse(whole.at(field), f"has more than {LONGEST_NAME} characters")
    return name


def _turns(place: str, value: object) -> dict[str, Turn]:
    if not isinstance(value, list):
        refuse(place, "must be a list")
    if len(value) > MOST_TURNS:
        refuse(place, f"has more than {MOST_TURNS:,} turns")
    turns: dict[str, Turn] = {}
    for number, item in enumerate(value):
        turn = _turn(Fields(f"{place}[{number}]", item), turns)
        turns[turn.id] = turn
    return turns


def _turn(item: Fields, before: Mapping[str, Turn]) -> Turn:
    """Return a turn whose hash holds, cleaned only after that was seen."""
    turn = Turn(
        id=_id(item.at("id"), item.take("id")),
        parent=_place_in_tree(item, "parent", before),
        kind=_kind(item.at("kind"), item.take("kind")),
        action=item.text("action"),
        text=item.text("text"),
        provenance=_provenance(Fields(item.at("provenance"), item.take("provenance"))),
        created=item.moment("created"),
    )
    if turn.id in before:
        refuse(item.at("id"), f"the turn {turn.id} is there twice")
    if item.text("sha256") != turn.sha256:
        refuse(item.at("sha256"), "the turn is not what was written: its hash does not fit")
    item.done()
    return replace(turn, action=clean(turn.action), text=clean(turn.text))


def _id(place: str, value: object) -> str:
    text = strict_json.text_of(place, value)
    return text if _ID.fullmatch(text) else refuse(place, f"{quoted(text)} is no id")


def _kind(place: str, value: object) -> Kind:
    text = strict_json.text_of(place, value)
    return Kind(text) if text in set(Kind) else refuse(place, f"{quoted(text)} is no kind of turn")


def _place_in_tree(item: Fields, name: str, turns: Mapping[str, Turn]) -> str | None:
    """Return a turn's id, or None. A parent must come before its child."""
    value = item.take(name)
    if value is None or (isinstance(value, str) and value in turns):
        return value
    return refuse(item.at(name), f"{quoted(value)} is no turn known here")


def _provenance(item: Fields) -> Provenance:
    """Return the provenance; what an older Grue did not know yet may be missing."""
    known: dict[str, Any] = {}
    for field in fields(Provenance):
        if not item.has(field.name):
            continue
        place, value = item.at(field.name), item.take(field.name)
        match field.name:
            case "model" | "ended":
                known[field.name] = clean_line(strict_json.text_of(place, value))
            case "sampling":
                known["sampling"] = _sampling(place, value)
            case "seed" if value is None:
                known["seed"] = None
            case _:
                known[field.name] = strict_json.integer_of(place, value)
    item.done()
    return Provenance(**known)


def _sampling(place: str, value: object) -> dict[str, Any]:
    """Return settings as they were sent: names, and numbers, words, or plain lists of them."""
    if not isinstance(value, dict):
        refuse(place, "must be an object")
    if len(value) > MOST_SETTINGS:
        refuse(place, f"has more than {MOST_SETTINGS} settings")
    return {
        clean_line(strict_json.text_of(place, name)): _setting(
            f"{place}.{clean_line(name)}", setting
        )
        for name, setting in value.items()
    }


def _setting(place: str, value: object, *, within_list: bool = False) -> Any:
    match value:
        case None | bool() | float():
            return value
        case int():
            return strict_json.integer_of(place, value)
        case str():
            return clean(strict_json.text_of(place, value))
        case list() if not within_list and len(value) <= MOST_SETTINGS:
            return [_setting(place, one, within_list=True) for one in value]
    return refuse(place, "must be a number, a word, or a list of them")
