"""Chats of SillyTavern: JSON Lines, a header and then a message a line, with its swipes."""

import json
from datetime import UTC, datetime
from typing import Any

from dungeon.errors import InputRefused
from dungeon.story import Adventure, Turn
from dungeon.text import clean
from dungeon.text.counts import count
from dungeon.transfer import strict_json
from dungeon.transfer.foreign_json import ForeignObject, drop_unread, keep, kept
from dungeon.transfer.formats import Document, Format, Part
from dungeon.transfer.imports import FILE_NAME_IS_TITLE, Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder

MAX_LINES = 100_000
_IN_CHAT = 1
"""The position of an author's note that stands among the messages."""

_MAX_HEADER = 64 * 1024
"""Characters of the first line."""


def _recognises(document: Document) -> bool:
    first = document.text.lstrip()[:_MAX_HEADER].partition("\n")[0]
    if document.json is not None or not first.startswith("{"):
        return False  # a header without messages is no chat
    try:
        header = strict_json.parse(document.name, first)
    except InputRefused:
        return False
    names = {"user_name", "character_name"}
    return isinstance(header, dict) and bool(names & header.keys())


def _read(document: Document) -> Imported:
    notes = Notes(CHAT.title)
    lines = [line for line in enumerate(document.text.split("\n"), start=1) if line[1].strip()]
    if len(lines) > MAX_LINES:
        strict_json.refuse(document.name, f"has more than {MAX_LINES:,} lines")
    header, *messages = [_parse(document.name, number, line) for number, line in lines]
    builder = StoryBuilder(document.name)
    hidden = 0
    for message in messages:
        text = message.text("mes")
        if message.flag("is_system"):
            hidden += 1
        elif message.flag("is_user"):
            builder.add_action(text)
        else:
            builder.add_text(text)
            builder.add_alternatives(message.texts("swipes"))
    if hidden:
        notes.dropped.append(count(hidden, "message of the system", "messages of the system"))
    drop_unread(notes, "message", messages)
    notes.changed.append(FILE_NAME_IS_TITLE)
    note, depth = _note(header.unread.get("chat_metadata"))
    foreign = keep(CHAT.id, header.unread, notes)
    adventure = builder.adventure(
        document.stem, notes, note=note, note_depth=depth, foreign=foreign
    )
    return Imported(notes.report(), (adventure,))


def _note(metadata: object) -> tuple[str, int]:
    """Return the author's note, and how many turns before the end it stands: a turn is two
    messages, and the action is the last one.
    """
    fields = metadata if isinstance(metadata, dict) else {}
    note, depth = fields.get("note_prompt"), fields.get("note_depth")
    if not isinstance(depth, int) or fields.get("note_position", _IN_CHAT) != _IN_CHAT:
        depth = 0
    return clean(note) if isinstance(note, str) else "", depth // 2


def _note_fields(adventure: Adventure, metadata: object) -> dict[str, Any]:
    """Return the metadata with the author's note; its depth stays where it is the same in turns."""
    fields = dict(metadata) if isinstance(metadata, dict) else {}
    if not adventure.note:
        return fields
    if _note(fields)[1] != adventure.note_depth or "note_depth" not in fields:
        fields |= {"note_position": _IN_CHAT, "note_depth": 2 * adventure.note_depth + 1}
    return {"note_interval": 1, "note_position": _IN_CHAT, **fields, "note_prompt": adventure.note}


def _parse(name: str, number: int, line: str) -> ForeignObject:
    place = f"{name}, line {number:,}"
    return ForeignObject(place, strict_json.parse(place, line))


def _write(adventure: Adventure) -> bytes:
    header = kept(adventure.foreign_fields, CHAT.id)
    header = {"user_name": "You", "character_name": "Narrator", "chat_metadata": {}} | header
    header["chat_metadata"] = _note_fields(adventure, header["chat_metadata"])
    header.setdefault("create_date", _date(adventure.created))
    lines = [header]
    for turn in adventure.path():
        lines += _messages(adventure, turn, header)
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def _messages(adventure: Adventure, turn: Turn, header: dict[str, Any]) -> list[dict[str, Any]]:
    when = _date(turn.created)
    messages: list[dict[str, Any]] = []
    if turn.action:
        messages.append(
            {"name": str(header["user_name"]), "is_user": True, "send_date": when,
             "mes": turn.action}
        )  # fmt: skip
    if turn.text:
        swipes = [each for each in _siblings(adventure, turn) if each.text]
        messages.append(
            {"name": str(header["character_name"]), "is_user": False, "send_date": when,
             "mes": turn.text, "swipes": [each.text for each in swipes],
             "swipe_id": [each.id for each in swipes].index(turn.id)}
        )  # fmt: skip
    return messages


def _siblings(adventure: Adventure, turn: Turn) -> list[Turn]:
    """Return the replies to the same action, in the order they were made."""
    asked = (turn.parent, turn.kind, turn.action)
    return [
        each for each in adventure.turns.values() if (each.parent, each.kind, each.action) == asked
    ]


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


CHAT = Format(
    "sillytavern-chat",
    "a chat of SillyTavern",
    _recognises,
    _read,
    _write,
    "a chat, other replies as swipes",
    "jsonl",
    (Part.STORY, Part.REPLIES, Part.NOTE),
)
