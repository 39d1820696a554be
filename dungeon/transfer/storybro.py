"""Stories of storybro: blocks of input and output."""

from dungeon.text.counts import count
from dungeon.transfer.foreign_json import ForeignObject, drop_unread, keep
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.story_builder import StoryBuilder


def _recognises(document: Document) -> bool:
    blocks = document.json.get("blocks") if document.has("blocks") else None
    return isinstance(blocks, list) and all(
        isinstance(block, dict) and {"text", "attrs"} <= block.keys() for block in blocks
    )


def _read(document: Document) -> Imported:
    notes = Notes(STORYBRO.title)
    root = ForeignObject(document.name, document.json)
    builder = StoryBuilder(document.name)
    pinned: list[str] = []
    blocks = root.objects("blocks")
    for block in blocks:
        text, attributes = block.text("text"), block.object("attrs")
        if attributes.flag("pinned"):
            pinned.append(text)
        if attributes.text("type") == "input" and builder.has_story:
            builder.add_action(text)
        else:
            builder.add_text(text)
    drop_unread(notes, "block", blocks)
    if pinned:
        notes.changed.append(f"{count(len(pinned), 'pinned block')} copied to the memory")
    foreign = keep(STORYBRO.id, root.unread, notes)
    memory = "\n\n".join(pinned)
    adventure = builder.adventure(document.stem, notes, memory=memory, foreign=foreign)
    return Imported(notes.report(), (adventure,))


STORYBRO = Format("storybro", "a story of storybro", _recognises, _read)
