"""Provides small files of other programs, written for these tests, and the story that they hold."""

import base64
import json
import struct
import zlib
from typing import Any

TOLD = [
    ("", "A ferry waits at the pier."),
    ("You board the ferry.", "The ferryman nods."),
    ('You say "To the island."', "The ropes come off."),
]
"""Action and reply of each turn that most samples hold."""

_OPENING, (_, _NODS), (_, _ROPES) = TOLD[0][1], TOLD[1], TOLD[2]
_BOARD, _ISLAND = "> You board the ferry.", '> You say "To the island."'

AI_DUNGEON_2 = {
    "story_start": _OPENING,
    "seed": 5,
    "actions": ["\n> You board the ferry.\n", '\n> You say "To the island."\n'],
    "results": [f"\n{_NODS}", f"\n{_ROPES}"],
    "choices": [],
    "context": "You are a mapmaker.",
    "uuid": "9c",
    "rating": -1,
}

CLOVER = {
    "temp": 0.4,
    "context": "You are a mapmaker.",
    "memory": ["The lamp is broken."],
    "actions": [_OPENING, _BOARD, _ISLAND],
    "results": ["", _NODS, _ROPES],
}

STORYBRO = {
    "attrs": {"model": "small"},
    "blocks": [
        {"text": _OPENING, "attrs": {"type": "output", "pinned": True}},
        {"text": "You board the ferry.", "attrs": {"type": "input"}},
        {"text": _NODS, "attrs": {"type": "output", "pinned": False}},
        {"text": 'You say "To the island."', "attrs": {"type": "input"}},
        {"text": _ROPES, "attrs": {"type": "output"}},
    ],
}

KOBOLD = {
    "gamestarted": True,
    "prompt": _OPENING,
    "memory": "You are a mapmaker.",
    "authorsnote": "Keep it calm.",
    "anotetemplate": "[Author's note: <|>]",
    "actions": [f"\n{_BOARD}\n", _NODS, f"\n{_ISLAND}\n", _ROPES],
    "actions_metadata": {},
    "worldinfo": [],
    "savedsettings": {"temperature": 0.7},
    "documentdb_enabled": False,
    "placeholder_tags_data": [{"tag": "x"}],
}

KOBOLD_2 = {
    "file_version": 2,
    "prompt": _OPENING,
    "memory": "You are a mapmaker.",
    "authornote": "Keep it calm.",
    "actions": {
        "action_count": 3,
        "actions": {
            "10": {"Selected Text": _ROPES, "Options": [], "Origin": "ai"},
            "0": {"Selected Text": f"\n{_BOARD}\n", "Options": [], "Origin": "user"},
            "1": {
                "Selected Text": _NODS,
                "Options": [{"text": "Nobody nods.", "Pinned": False}],
                "Origin": "ai",
            },
            "2": {"Selected Text": f"\n{_ISLAND}\n", "Options": [], "Origin": "user"},
        },
    },
}

DUMP = {
    "title": "The Ferry",
    "memory": "You are a mapmaker.",
    "authorsNote": "Keep it calm.",
    "tags": ["sea"],
    "actionWindow": [
        {"id": "4", "text": _ISLAND, "type": "say", "createdAt": "2025-03-01T10:03:00.000Z"},
        {"id": "5", "text": _ROPES, "type": "continue", "createdAt": "2025-03-01T10:04:00.000Z"},
        {"id": "1", "text": _OPENING, "type": "start", "createdAt": "2025-03-01T10:00:00.000Z"},
        {"id": "2", "text": _BOARD, "type": "do", "createdAt": "2025-03-01T10:01:00.000Z"},
        {"id": "9", "text": "Gone.", "type": "do", "undoneAt": "2025-03-01T10:01:09.000Z",
         "createdAt": "2025-03-01T10:01:05.000Z"},
        {"id": "3", "text": _NODS, "type": "continue", "createdAt": "2025-03-01T10:02:00.000Z"},
    ],
}  # fmt: skip

EXPORT_2021 = {
    "stories": [
        {"memory": "You are a mapmaker.", "authorsNote": "", "worldInfo": [],
         "actions": [{"text": each} for each in (_OPENING, _BOARD, _NODS, _ISLAND, _ROPES)]}
    ]
}  # fmt: skip

AVENTURAS = {
    "version": "1.1.0",
    "story": {"title": "The Ferry", "description": "You are a mapmaker.", "mode": "adventure"},
    "entries": [
        {"type": "narration", "content": _OPENING, "position": 0},
        {"type": "user_action", "content": _BOARD, "position": 1},
        {"type": "narration", "content": _NODS, "position": 2},
        {"type": "system", "content": "Chapter 1", "position": 3},
        {"type": "narration", "content": _ROPES, "position": 5},
        {"type": "user_action", "content": _ISLAND, "position": 4},
    ],
    "characters": [{"name": "Ferryman"}],
}

CHAT_LINES: list[dict[str, Any]] = [
    {"user_name": "Ada", "character_name": "Sea", "chat_metadata": {"note": 1}},
    {"name": "Sea", "is_user": False, "mes": _OPENING},
    {"name": "Ada", "is_user": True, "mes": "You board the ferry."},
    {"name": "Sea", "is_user": False, "mes": _NODS, "swipes": [_NODS, "Nobody nods."],
     "swipe_id": 0},
    {"name": "Ada", "is_user": True, "mes": 'You say "To the island."'},
    {"name": "Sea", "is_user": False, "mes": _ROPES},
]  # fmt: skip

NOVELAI_STORY = {
    "storyContainerVersion": 1,
    "metadata": {"title": "The Ferry"},
    "content": {
        "story": {
            "fragments": [
                {"data": f"{_OPENING}\n{_BOARD}\n", "origin": "prompt"},
                {"data": "The ferryman", "origin": "ai"},
                {"data": " nods.", "origin": "ai"},
                {"data": f"\n{_ISLAND}\n", "origin": "user"},
                {"data": _ROPES, "origin": "ai"},
            ],
            "datablocks": [],
        },
        "context": [{"text": "You are a mapmaker."}, {"text": "Keep it calm."}],
    },
}


def packed(value: Any) -> bytes:
    """Return a value as MessagePack, the few kinds of it that a document has."""
    match value:
        case str():
            data = value.encode()
            return b"\xda" + struct.pack(">H", len(data)) + data
        case int():
            return b"\xcd" + struct.pack(">H", value)
        case list():
            return b"\xdc" + struct.pack(">H", len(value)) + b"".join(map(packed, value))
        case dict():
            pairs = (packed(key) + packed(each) for key, each in value.items())
            return b"\xde" + struct.pack(">H", len(value)) + b"".join(pairs)
    raise TypeError(value)


def extension(kind: int, data: bytes) -> bytes:
    return b"\xc8" + struct.pack(">H", len(data)) + bytes([kind]) + data


def novelai_document() -> dict[str, Any]:
    """Return a newer story: its paragraphs stand in another order than they are told in."""
    texts = {301: _BOARD, 300: _OPENING, 302: _NODS, 304: _ROPES, 303: _ISLAND}
    sections = {key: {"type": 1, "text": text} for key, text in texts.items()}
    data = extension(20, packed({"sections": sections, "order": sorted(texts), "step": 1}))
    return {
        "storyContainerVersion": 1,
        "metadata": {"title": "The Ferry"},
        "content": {"document": base64.b64encode(data).decode(), "context": []},
    }


def chat() -> str:
    return "".join(f"{json.dumps(line)}\n" for line in CHAT_LINES)


CARD = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "data": {
        "name": "Mira",
        "description": "{{char}} keeps a lighthouse.",
        "personality": "Dry.",
        "scenario": "{{user}} arrives by boat.",
        "first_mes": "{{char}} waves at {{user}}.",
        "alternate_greetings": ["The lighthouse is dark."],
        "extensions": {"depth": 4},
    },
}

AETHERROOM = {
    "title": "The Ferry",
    "description": "A crossing.",
    "promptContent": "You are ${Your trade?}. A ferry waits.",
    "memory": "The sea is cold.",
    "authorsNote": "Calm.",
}

NOVELAI_SCENARIO = {
    "scenarioVersion": 2,
    "title": "The Ferry",
    "description": "A crossing.",
    "prompt": "You are ${1#trade[a mapmaker]:What is your trade?}, ${name}. A ferry waits.",
    "context": [{"text": "The sea is cold."}, {"text": "Calm."}],
    "placeholders": [{"key": "name", "description": "Your name", "defaultValue": "Ada"}],
}


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file of one pixel with these chunks before its end."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checksum = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    inner = b"".join(chunk(kind, body) for kind, body in chunks)
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + inner + data + chunk(b"IEND", b"")
