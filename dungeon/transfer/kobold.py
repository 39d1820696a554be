"""Saves of KoboldAI: version 1 and Lite, whose actions are strings, and version 2."""

import json
from collections.abc import Mapping
from typing import Any

from dungeon import story
from dungeon.story import Adventure, Kind
from dungeon.transfer.foreign_json import ForeignObject, drop_unread, keep, kept, without_pickles
from dungeon.transfer.formats import Document, Format, Part
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.kobold_lore import after_writing, read_world_info, write_world_info
from dungeon.transfer.lore_losses import lost_rules
from dungeon.transfer.story_builder import StoryBuilder
from dungeon.transfer.strict_json import refuse

NOTE_TEMPLATE = "[Author's note: <|>]"

_LITE_DEPTH = "anotestr"
_DEPTHS = {_LITE_DEPTH: 320, "andepth": 2}
"""The fields with the depth of the author's note, and what is about a turn in each: characters in
Lite, actions and replies in KoboldAI 2."""

_OWN_FIELDS = ("gamestarted", "prompt", "memory", "authorsnote", "anotetemplate", "actions",
               "actions_metadata", "worldinfo", "wifolders_d", "wifolders_l")  # fmt: skip
"""What KoboldAI expects to be there in a save of version 1."""


def _recognises_v1(document: Document) -> bool:
    return document.has("gamestarted", "prompt", "actions") and isinstance(
        document.json["actions"], list
    )


def _recognises_v2(document: Document) -> bool:
    return document.has("actions") and document.json.get("file_version") == 2


def _read_v1(document: Document) -> Imported:
    notes = Notes(KOBOLD.title)
    root = ForeignObject(document.name, without_pickles(document.json, notes))
    builder = StoryBuilder(document.name)
    builder.add_text(root.text("prompt"))
    for text in root.texts("actions"):
        builder.add_text(text)
    root.unread.pop("gamestarted", None)
    return _finish(root, builder, document, KOBOLD, notes)


def _read_v2(document: Document) -> Imported:
    notes = Notes(KOBOLD_V2.title)
    root = ForeignObject(document.name, without_pickles(document.json, notes))
    builder = StoryBuilder(document.name)
    builder.add_text(root.text("prompt"))
    outer = root.object("actions")
    actions = outer.entries("actions")
    if not all(key.isascii() and key.isdigit() and len(key) < 10 for key in actions):
        refuse(f"{outer.place}.actions", "must have numbers as keys")
    for key in sorted(actions, key=int):
        action = actions[key]
        builder.add_text(action.text("Selected Text"))
        options = action.objects("Options")
        if action.line("Origin") != "user":
            builder.add_alternatives(option.text("text") for option in options)
    drop_unread(notes, "action", actions.values())
    outer.unread.pop("action_count", None)
    root.unread.pop("file_version", None)
    return _finish(root, builder, document, KOBOLD_V2, notes)


def _finish(
    root: ForeignObject, builder: StoryBuilder, document: Document, format_: Format, notes: Notes
) -> Imported:
    title = root.line("story_name", "title") or document.stem
    memory, note = root.text("memory"), root.text("authorsnote", "authornote")
    entries = root.unread.get("worldinfo_v2") or root.unread.get("worldinfo")
    lore = read_world_info(entries, notes)
    foreign = keep(format_.id, root.unread, notes, used=("worldinfo", "worldinfo_v2", *_DEPTHS))
    adventure = builder.adventure(
        title,
        notes,
        memory=memory,
        note=note,
        note_depth=_note_depth(root.unread),
        foreign=foreign,
        lore=lore,
    )
    return Imported(notes.report(), (adventure,))


def _note_depth(fields: Mapping[str, Any]) -> int:
    """Return how many turns before the end the author's note stood."""
    for name, unit in _DEPTHS.items():
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value // unit
    return 0


def _depth_fields(adventure: Adventure, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the depth of the note for a file that has `fields`; nothing where they say it."""
    depth = adventure.note_depth
    return {} if _note_depth(fields) == depth else {_LITE_DEPTH: depth * _DEPTHS[_LITE_DEPTH]}


def _write(adventure: Adventure) -> bytes:
    """Write a save of version 1, which KoboldAI, Lite and KoboldCpp read."""
    path = adventure.path()
    opening = path[0].text if path and path[0].kind is Kind.OPENING else ""
    texts = (story.render_transcript([turn]) for turn in path[1 if opening else 0 :])
    own = kept(adventure.foreign_fields, KOBOLD.id)
    imported = own.pop("worldinfo_v2", None) or own.pop("worldinfo", None)
    document: dict[str, Any] = {
        "actions_metadata": {},
        "wifolders_d": {},
        "wifolders_l": [],
        "anotetemplate": NOTE_TEMPLATE,
        **own,
        **_depth_fields(adventure, own),
        "gamestarted": True,
        "prompt": opening,
        "memory": adventure.memory,
        "authorsnote": adventure.note,
        "worldinfo": write_world_info(adventure, imported),
        "actions": [f"\n\n{text}" for text in texts if text],
        "story_name": adventure.title,
    }
    ordered = {name: document[name] for name in (*_OWN_FIELDS, *document)}
    return (json.dumps(ordered, indent=1) + "\n").encode()


KOBOLD = Format(
    "koboldai",
    "a save of KoboldAI 1 or Lite",
    _recognises_v1,
    _read_v1,
    _write,
    "a save of KoboldAI 1, which Lite and KoboldCpp read, too",
    "json",
    (Part.STORY, Part.MEMORY, Part.NOTE, Part.LORE),
    loses=lambda adventure: lost_rules(adventure, after_writing),
)
KOBOLD_V2 = Format("koboldai-2", "a save of KoboldAI 2", _recognises_v2, _read_v2)
