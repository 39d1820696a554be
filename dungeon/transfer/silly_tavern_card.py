"""Character cards of SillyTavern, versions 1 to 3, as JSON or inside a PNG picture."""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace

from dungeon import lore
from dungeon.story import Question, Scenario
from dungeon.text.counts import count
from dungeon.transfer import png
from dungeon.transfer.foreign_json import ForeignObject
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.scenario_builder import build_scenario
from dungeon.transfer.silly_tavern_lorebook import read_book
from dungeon.transfer.strict_json import refuse

PLAYER = Question("your name", "What is your name?", "Alex")
"""What stands where a card says `{{user}}`."""

_V1 = ("name", "description", "first_mes")
_CHARACTER = re.compile(r"\{\{char\}\}|<bot>", re.IGNORECASE)
_USER = re.compile(r"\{\{user\}\}|<user>", re.IGNORECASE)
_MAX_GREETINGS = 50


def _recognises(document: Document) -> bool:
    is_specified = document.has("spec", "data") and str(document.json["spec"]).startswith("chara_")
    return is_specified or document.has(*_V1)


def json_in_png(name: str, data: bytes) -> str:
    """Return the JSON of the card in a PNG picture; that of version 3 wins."""
    texts = png.read_texts(name, data)
    encoded = texts.get("ccv3") or texts.get("chara")
    if encoded is None:
        refuse(name, "is a picture without a character card in it")
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        refuse(name, "has a character card that is not base64 of UTF-8 text")


def _read(document: Document) -> Imported:
    notes = Notes(CARD.title)
    root = ForeignObject(document.name, document.json)
    card = root.object("data") if "data" in root else root
    name = card.line("name") or document.stem

    def text(*fields: str) -> str:
        found = _CHARACTER.sub(lambda _: name, card.text(*fields))
        return _USER.sub("${" + PLAYER.name + "}", found)

    memory = "\n\n".join(filter(None, map(text, ("description", "personality", "scenario"))))
    note = text("post_history_instructions")
    openings = [text("first_mes")]
    greetings = ForeignObject(card.place, {"alternate": card.take("alternate_greetings", [])})
    for greeting in greetings.texts("alternate")[:_MAX_GREETINGS]:
        card.unread["greeting"] = greeting
        openings.append(text("greeting"))
    entries = _lore(card, text, notes)
    scenarios: list[Scenario] = []
    for number, opening in enumerate(filter(str.strip, openings), start=1):
        title = name if number == 1 else f"{name} ({number})"
        told = memory + opening + note + entries
        asked = (PLAYER,) if "${" + PLAYER.name + "}" in told else ()
        scenarios.append(
            build_scenario(document, notes, title=title, summary="", opening=opening,
                           memory=memory, note=note, questions=asked, entries=entries)
        )  # fmt: skip
    if not scenarios:
        refuse(document.name, "is a character card without a first message")
    if len(scenarios) > 1:
        notes.taken.append(count(len(scenarios) - 1, "other greeting") + " as scenarios")
    notes.changed.append("{{char}} and {{user}} replaced by the name and by a question")
    notes.dropped += sorted(field for field, value in card.unread.items() if value)
    return Imported(notes.report(), scenarios=tuple(scenarios))


def _lore(card: ForeignObject, text: Callable[[str], str], notes: Notes) -> str:
    """Return the lore entries of the character book."""
    book = card.take("character_book")
    if not isinstance(book, dict):
        return ""
    found = []
    for entry in lore.load(read_book(book, notes).lore):
        card.unread["content"] = entry.content
        found.append(replace(entry, content=text("content")))
    return lore.dump(found)


CARD = Format("sillytavern-card", "a character card of SillyTavern", _recognises, _read)
