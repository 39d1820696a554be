"""Files of other programs that hold nothing but lore: story cards, world info, lorebooks."""

from dungeon.transfer import lorebook
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.kobold_lore import read_world_info

_CARD_TEXTS, _CARD_KEYS = {"value", "entry"}, {"keys", "triggers"}


def _is_story_cards(document: Document) -> bool:
    cards = document.json
    return (
        isinstance(cards, list)
        and bool(cards)
        and all(isinstance(each, dict) for each in cards)
        and all(_CARD_TEXTS & each.keys() and _CARD_KEYS & each.keys() for each in cards)
    )


def _read_story_cards(document: Document) -> Imported:
    notes = Notes(STORY_CARDS.title)
    found = lorebook.story_cards(document.json, notes)
    return Imported(notes.report(), lore=found)


def _is_novelai_lorebook(document: Document) -> bool:
    return document.has("lorebookVersion", "entries")


def _read_novelai_lorebook(document: Document) -> Imported:
    notes = Notes(NOVELAI_LOREBOOK.title)
    found = lorebook.novelai_lorebook(document.json, notes)
    return Imported(notes.report(), lore=found)


def _is_world_info(document: Document) -> bool:
    return document.has("folders", "entries") and isinstance(document.json["entries"], dict)


def _read_world_info(document: Document) -> Imported:
    notes = Notes(WORLD_INFO.title)
    found = read_world_info(document.json, notes)
    return Imported(notes.report(), lore=found)


STORY_CARDS = Format(
    "ai-dungeon-cards", "story cards of AI Dungeon", _is_story_cards, _read_story_cards
)
NOVELAI_LOREBOOK = Format(
    "novelai-lorebook", "a lorebook of NovelAI", _is_novelai_lorebook, _read_novelai_lorebook
)
WORLD_INFO = Format(
    "koboldai-world-info", "world info of KoboldAI", _is_world_info, _read_world_info
)
