"""Character cards of SillyTavern, versions 1 to 3, as JSON or inside a PNG picture."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import replace

from dungeon import lore
from dungeon.story import Question, Scenario
from dungeon.text.counts import count
from dungeon.transfer import png, silly_tavern_lorebook
from dungeon.transfer.foreign_json import ForeignObject, names_of
from dungeon.transfer.formats import Document, Format, Part
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.lorebook import fit_content
from dungeon.transfer.scenario_builder import build_scenario, fit_fields
from dungeon.transfer.silly_tavern_card_writer import BOOK, ID, MEMORY, NOTE, losses, write
from dungeon.transfer.silly_tavern_macros import MAX_TEXT, USER, replace_character
from dungeon.transfer.strict_json import refuse

PLAYER = Question("your name", "What is your name?", "Alex")
"""What stands where a card says `{{user}}`."""

_SPEC = ("spec", "spec_version")
_V1 = ("name", "description", "first_mes")
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
    is_nested = "data" in root
    card = root.object("data") if is_nested else root
    original = {each: value for each, value in card.unread.items() if each != BOOK}
    name = card.line("name") or document.stem

    def text(*fields: str) -> str:
        found = replace_character(card.text(*fields)[:MAX_TEXT], name)
        return USER.sub("${" + PLAYER.name + "}", found)

    memory = "\n\n".join(filter(None, map(text, MEMORY)))
    note = text(NOTE)
    openings = [text("first_mes")]
    greetings = ForeignObject(card.place, {"alternate": card.take("alternate_greetings", [])})
    for greeting in greetings.texts("alternate")[:_MAX_GREETINGS]:
        card.unread["greeting"] = greeting
        openings.append(text("greeting"))
    entries, lore_fields = _lore(card, text, notes)
    used = {*original.keys() - card.unread.keys(), *_SPEC}
    root_fields = root.unread if is_nested else {}
    sources = json.loads(lore_fields or "{}")
    foreign = fit_fields({ID: {"data": original, "root": root_fields}, **sources}, notes)
    scenarios: list[Scenario] = []
    for number, opening in enumerate(filter(str.strip, openings), start=1):
        title = name if number == 1 else f"{name} ({number})"
        told = memory + opening + note + entries
        asked = (PLAYER,) if "${" + PLAYER.name + "}" in told else ()
        scenarios.append(
            build_scenario(document, notes, title=title, summary="", opening=opening,
                           memory=memory, note=note, questions=asked, entries=entries,
                           foreign=foreign)
        )  # fmt: skip
    if not scenarios:
        refuse(document.name, "is a character card without a first message")
    if len(scenarios) > 1:
        notes.taken.append(count(len(scenarios) - 1, "other greeting") + " as scenarios")
    notes.changed.append("{{char}} and {{user}} replaced by the name and by a question")
    notes.kept += sorted(names_of({**root_fields, **original}, used))
    return Imported(
        notes.report(),
        scenarios=tuple(scenarios),
        lore=entries,
        lore_fields=lore_fields,
    )


def _lore(card: ForeignObject, text: Callable[[str], str], notes: Notes) -> tuple[str, str]:
    """Return the lore entries of the character book, and what they were read from."""
    book = card.take(BOOK)
    if not isinstance(book, dict):
        return "", ""
    read = silly_tavern_lorebook.read_book(book, notes)
    found = []
    for entry in lore.load(read.lore):
        card.unread["content"] = entry.content
        found.append(replace(entry, content=fit_content(text("content"), notes)))
    return lore.dump(found), read.lore_fields


CARD = Format(
    ID,
    "a character card of SillyTavern",
    _recognises,
    _read,
    write,
    "the beginning, memory, author's note and lore as a character card",
    "json",
    (Part.STORY, Part.MEMORY, Part.NOTE, Part.LORE, Part.TAGS),
    holds_fields_of=(silly_tavern_lorebook.ID,),
    loses=losses,
)
