"""Write an adventure as a character card of SillyTavern, with what an imported card had besides.

A card has the beginning of a story: the first message, memory, author's note and lore. A text that
is what an import makes of the card's own stays as the card has it, with `{{char}}` and `{{user}}`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from dungeon import lore
from dungeon.lore import LoreEntry
from dungeon.scenarios.placeholders import MAX_ANSWER
from dungeon.story import Adventure, Kind
from dungeon.text.counts import count
from dungeon.transfer import silly_tavern_entry, silly_tavern_lorebook
from dungeon.transfer.foreign_json import kept, object_of, write_json
from dungeon.transfer.imports import Notes
from dungeon.transfer.lore_losses import lost_rules
from dungeon.transfer.silly_tavern_macros import MAX_TEXT, USER, replace_character

ID = "sillytavern-card"

MEMORY = ("description", "personality", "scenario")
"""The fields that are the memory, in its order."""

SECOND_VERSION: Mapping[str, Any] = {"spec": "chara_card_v2", "spec_version": "2.0"}

BOOK = "character_book"
NOTE = "post_history_instructions"

_EMPTY: Mapping[str, Any] = {
    "name": "", "description": "", "personality": "", "scenario": "", "first_mes": "",
    "mes_example": "", "creator_notes": "", "system_prompt": "", NOTE: "",
    "alternate_greetings": [], "tags": [], "creator": "", "character_version": "",
    "extensions": {},
}  # fmt: skip
"""What the second version asks of every card."""


def write(adventure: Adventure) -> bytes:
    """Return the card as JSON, of the second version or of the later one that was imported."""
    return write_json(card_of(adventure)).encode()


def card_of(adventure: Adventure) -> dict[str, Any]:
    """Return the card that an adventure is."""
    fields = kept(adventure.foreign_fields, ID)
    root, own = object_of(fields.get("root")), object_of(fields.get("data"))
    name = str(own.get("name") or "")
    if not name.strip():
        name = adventure.title  # of a card without a name, what its file was called
    data = {**_EMPTY, **own, "name": name}
    if not _is_same(_joined(own), name, adventure.memory):
        data |= {**dict.fromkeys(MEMORY, ""), MEMORY[0]: adventure.memory}
    data[NOTE] = _restored(str(data[NOTE]), name, adventure.note)
    opening = _opening(adventure)
    first, others = data["first_mes"], _texts(data["alternate_greetings"])
    if not any(_is_same(str(each), name, opening) for each in (first, *others)):
        if first and others:  # it may be one of the others that was changed
            data["alternate_greetings"] = [first, *others]
        data["first_mes"] = opening
    tags = _texts(data["tags"])
    data["tags"] = [*tags, *(tag for tag in adventure.tags if tag not in tags)]
    if book := _book(adventure, name):
        data[BOOK] = book
    old = {each: data[each] for each in root if each in data}  # those of version 1, once more
    return {**SECOND_VERSION, **root, **old, "data": data}


def losses(adventure: Adventure) -> Iterator[str]:
    """Yield phrases for the turns behind the opening, and for rules of the lore that a card has
    no place for.
    """
    yield from lost_rules(adventure, silly_tavern_entry.after_writing)
    if (later := len(adventure.path()) - bool(_opening(adventure))) > 0:
        yield count(later, "turn") + " after the opening"


def _opening(adventure: Adventure) -> str:
    path = adventure.path()
    return path[0].text if path and path[0].kind is Kind.OPENING else ""


def _book(adventure: Adventure, name: str) -> dict[str, Any]:
    """Return the character book; an empty one where there is nothing to keep."""
    rest, sources = silly_tavern_lorebook.kept_with(adventure)
    numbers = silly_tavern_entry.free_numbers(sources, "id")
    entries = list(
        map(partial(_entry, Notes(""), name), numbers, lore.load(adventure.lore), sources)
    )
    return {"extensions": {}, **rest, "entries": entries} if entries or rest else {}


def _entry(
    notes: Notes, name: str, number: int, entry: LoreEntry, source: dict[str, Any]
) -> dict[str, Any]:
    text = _restored(str(source.get("content", "")), name, entry.content)
    restored = replace(entry, content=text)
    written = silly_tavern_entry.write(number, restored, source, notes)
    new = {} if source else {"name": entry.title, "case_sensitive": entry.case_sensitive}
    return silly_tavern_entry.to_character_book(number, written | new)


def _joined(data: Mapping[str, Any]) -> str:
    return "\n\n".join(filter(None, (str(data.get(field) or "") for field in MEMORY)))


def _restored(original: str, name: str, text: str) -> str:
    """Return the card's own text where `text` is what an import has made of it."""
    return original if _is_same(original, name, text) else text


def _is_same(original: str, name: str, text: str) -> bool:
    """Whether `text` is what an import makes of a text of the card, with any name for the player.

    A text that an import has cut ends with an ellipsis.
    """
    if len(original) > MAX_TEXT:
        return False
    wanted = " ".join(replace_character(original, name).split())
    found = " ".join(text.split())
    before = USER.split(wanted, maxsplit=1)[0]
    return found.startswith(before[: len(found) - 1]) and any(
        found == filled or (found.endswith("…") and filled.startswith(found[:-1].rstrip()))
        for filled in _filled(wanted, found, len(before))
    )


def _filled(wanted: str, found: str, start: int) -> Iterator[str]:
    """Yield what a text may be with the player's name, which stands at `start`, filled in."""
    parts = USER.split(wanted)
    if len(parts) == 1:
        yield wanted
        return
    for end in range(start + 1, min(start + MAX_ANSWER, len(found)) + 1):
        yield found[start:end].join(parts)


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
