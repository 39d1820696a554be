"""Prompts of Aetherroom: scenarios with questions in `${…}`."""

from dungeon.transfer import lorebook
from dungeon.transfer.foreign_json import ForeignObject, names_of
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.scenario_builder import build_scenario, fit_fields


def _recognises(document: Document) -> bool:
    return document.has("promptContent")


def _read(document: Document) -> Imported:
    notes = Notes(AETHERROOM.title)
    root = ForeignObject(document.name, document.json)
    entries = lorebook.story_cards(root.take("worldInfos"), notes)
    scenario = build_scenario(
        document,
        notes,
        title=root.line("title"),
        summary=root.line("description"),
        opening=root.text("promptContent"),
        memory=root.text("memory"),
        note=root.line("authorsNote"),
        entries=entries,
        foreign=fit_fields({AETHERROOM.id: root.unread}, notes),
    )
    notes.kept += names_of(root.unread)
    return Imported(notes.report(), scenarios=(scenario,), lore=entries)


AETHERROOM = Format("aetherroom", "a prompt of Aetherroom", _recognises, _read)
