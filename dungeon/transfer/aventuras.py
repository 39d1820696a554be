"""Stories of Aventuras (`.avt`): entries of the player and of the narrator."""

from dungeon.text.counts import count
from dungeon.transfer import lorebook
from dungeon.transfer.foreign_json import ForeignObject, drop_unread, keep
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder


def _recognises(document: Document) -> bool:
    return document.has("version", "story", "entries") and isinstance(
        document.json["entries"], list
    )


def _read(document: Document) -> Imported:
    notes = Notes(AVENTURAS.title)
    root = ForeignObject(document.name, document.json)
    builder = StoryBuilder(document.name)
    entries = root.objects("entries")
    other = 0
    entries.sort(key=lambda entry: entry.integer("position"))
    for entry in entries:
        text = entry.text("content")
        match entry.line("type"):
            case "user_action":
                builder.add_action(text)
            case "narration" | "retry":
                builder.add_text(text)
            case _:
                other += 1
    drop_unread(notes, "entry", entries)
    if other:
        notes.dropped.append(count(other, "entry of the system", "entries of the system"))
    story = root.object("story")
    title, description = story.line("title"), story.text("description")
    root.unread["story"] = story.unread
    lore = lorebook.aventuras_entries(root.unread.get("lorebookEntries"), notes)
    foreign = keep(AVENTURAS.id, root.unread, notes, used=("lorebookEntries",))
    adventure = builder.adventure(
        title or document.stem, notes, memory=description, foreign=foreign, lore=lore
    )
    return Imported(notes.report(), (adventure,))


AVENTURAS = Format("aventuras", "a story of Aventuras", _recognises, _read)
