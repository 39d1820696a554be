"""AI Dungeon: dumps of an adventure, and the exports of 2021, which hold several."""

from datetime import UTC, datetime

from dungeon.story import Adventure
from dungeon.text.counts import count
from dungeon.transfer import lorebook
from dungeon.transfer.foreign_json import ForeignObject, drop_unread, keep
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder

_PLAYER = ("do", "say")
"""Types of an action that is the player's; `story` and `continue` are prose."""


def _is_adventure(value: object) -> bool:
    return (
        isinstance(value, dict)
        and ("actionWindow" in value or ("actions" in value and "results" not in value))
        and bool({"memory", "authorsNote", "worldInfo", "storyCards"} & value.keys())
    )


def _is_dump(document: Document) -> bool:
    is_adventure = document.has("actionWindow") and isinstance(document.json["actionWindow"], list)
    return is_adventure and _is_adventure(document.json)


def _is_export(document: Document) -> bool:
    stories = document.json.get("stories") if document.has("stories") else document.json
    return isinstance(stories, list) and bool(stories) and all(map(_is_adventure, stories))


def _read_dump(document: Document) -> Imported:
    notes = Notes(DUMP.title)
    adventure = _read_adventure(
        ForeignObject(document.name, document.json), document.stem, DUMP.id, notes
    )
    return Imported(notes.report(), (adventure,))


def _read_export(document: Document) -> Imported:
    notes = Notes(EXPORT.title)
    if isinstance(document.json, dict):
        root = ForeignObject(document.name, document.json)
        stories = root.objects("stories")
        notes.dropped += sorted(root.unread)
    else:
        stories = ForeignObject(document.name, {"stories": document.json}).objects("stories")
    titles = (
        [document.stem]
        if len(stories) == 1
        else [f"{document.stem} {number}" for number in range(1, len(stories) + 1)]
    )
    adventures = tuple(
        _read_adventure(story, title, EXPORT.id, notes)
        for story, title in zip(stories, titles, strict=True)
    )
    return Imported(notes.report(), adventures)


def _read_adventure(root: ForeignObject, title: str, format_id: str, notes: Notes) -> Adventure:
    builder = StoryBuilder(root.place)
    actions = root.objects("actionWindow" if "actionWindow" in root else "actions")
    gone = [action for action in actions if action.take("undoneAt") or action.take("deletedAt")]
    skipped = set(map(id, gone))
    if gone:
        notes.dropped.append(count(len(gone), "undone or deleted action"))
    timed = [(_moment(action), action) for action in actions if id(action) not in skipped]
    timed.sort(key=lambda each: each[0] or datetime.min.replace(tzinfo=UTC))  # stable
    for when, action in timed:
        text = action.text("text")
        if action.line("type").lower() in _PLAYER and not text.lstrip().startswith(">"):
            builder.add_action(text)
        elif text.lstrip().startswith(">"):
            builder.add_text(text)
        else:
            builder.add_prose(text, when=when)
    drop_unread(notes, "action", (action for _, action in timed))
    title = root.line("title") or title
    memory, note = root.text("memory"), root.text("authorsNote")
    cards = root.unread.get("storyCards") or root.unread.get("worldInfo")
    lore = lorebook.story_cards(cards, notes)
    foreign = keep(format_id, root.unread, notes, used=("storyCards", "worldInfo"))
    return builder.adventure(title, notes, memory=memory, note=note, foreign=foreign, lore=lore)


def _moment(action: ForeignObject) -> datetime | None:
    value = action.text("createdAt")
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


DUMP = Format("ai-dungeon", "a dump of an AI Dungeon adventure", _is_dump, _read_dump)
EXPORT = Format("ai-dungeon-2021", "an export of AI Dungeon (2021)", _is_export, _read_export)
