"""NovelAI: scenarios (`.scenario`) and stories (`.story`)."""

import re

from dungeon.story import Question
from dungeon.text.counts import count
from dungeon.transfer import lorebook, novelai_document
from dungeon.transfer.foreign_json import ForeignObject, drop_unread, keep, names_of
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.scenario_builder import build_scenario, fit_fields
from dungeon.transfer.story_builder import StoryBuilder
from dungeon.transfer.strict_json import expect_text, refuse

_PLACEHOLDER = re.compile(
    r"\$\{(?:\d{1,4}#)?([^\[\]:{}$\n]{1,40})(?:\[([^\]{}$\n]{0,200})\])?(?::([^{}$\n]{0,400}))?\}"
)
"""`${1#name[default]:question}`; order, default and question may be missing."""


def _is_scenario(document: Document) -> bool:
    return document.has("scenarioVersion", "prompt")


def _is_story(document: Document) -> bool:
    return document.has("storyContainerVersion", "content")


def _read_scenario(document: Document) -> Imported:
    notes = Notes(SCENARIO.title)
    root = ForeignObject(document.name, document.json)
    memory, note, _ = _context(root)
    asked = {question.name: question for question in map(_declared, root.objects("placeholders"))}
    opening, memory = (_questions(text, asked) for text in (root.text("prompt"), memory))
    entries = lorebook.novelai_lorebook(root.take("lorebook"), notes)
    root.unread.pop("scenarioVersion", None)
    scenario = build_scenario(
        document,
        notes,
        title=root.line("title"),
        summary=root.line("description"),
        opening=opening,
        memory=memory,
        note=note,
        questions=tuple(asked.values()),
        entries=entries,
        foreign=fit_fields({SCENARIO.id: root.unread}, notes),
    )
    notes.kept += names_of(root.unread)
    return Imported(notes.report(), scenarios=(scenario,), lore=entries)


def _context(root: ForeignObject) -> tuple[str, str, int]:
    """Return memory and author's note, the first and the second entry of the context, and how many
    turns before the end the note stands.
    """
    entries = root.objects("context")
    texts = [entry.text("text") for entry in entries]
    config = entries[1].take("contextConfig") if len(entries) > 1 else None
    position = config.get("insertionPosition") if isinstance(config, dict) else None
    # -1 is the end; a turn is about two lines, and the action is one.
    depth = (-position - 2) // 2 if isinstance(position, int) and position < 0 else 0
    return next(iter(texts), ""), " ".join(" ".join(texts[1:]).split()), depth


def _declared(entry: ForeignObject) -> Question:
    name = entry.line("key")[:40]
    asked = entry.line("longDescription", "description")[:200]
    return Question(name, asked or name, entry.line("defaultValue")[:80] or "someone")


def _questions(text: str, asked: dict[str, Question]) -> str:
    """Return `text` with its placeholders as `${name}`, and add those that are new to `asked`."""

    def replaced(match: re.Match[str]) -> str:
        name, default, question = (part.strip() if part else "" for part in match.groups())
        if name not in asked and (default or question):
            asked[name] = Question(name, question[:200] or name, default[:80] or "someone")
        return f"${{{name}}}"

    return _PLACEHOLDER.sub(replaced, text)


def _read_story(document: Document) -> Imported:
    notes = Notes(STORY.title)
    root = ForeignObject(document.name, document.json)
    metadata, content = root.object("metadata"), root.object("content")
    builder = StoryBuilder(document.name)
    if "document" in content:
        _add_document(builder, content)
    else:
        _add_fragments(builder, content, notes)
    memory, note, note_depth = _context(content)
    title = metadata.line("title") or document.stem
    lore = lorebook.novelai_lorebook(content.unread.get("lorebook"), notes)
    fields = {**metadata.unread, **content.unread}
    foreign = keep(STORY.id, fields, notes, used=("lorebook",))
    adventure = builder.adventure(
        title,
        notes,
        memory=memory,
        note=note,
        note_depth=note_depth,
        foreign=foreign,
        lore=lore,
    )
    return Imported(notes.report(), (adventure,))


def _add_document(builder: StoryBuilder, content: ForeignObject) -> None:
    place = f"{content.place}.document"
    encoded = expect_text(place, content.take("document"))
    for paragraph in novelai_document.paragraphs(place, encoded):
        builder.add_text(paragraph)


def _add_fragments(builder: StoryBuilder, content: ForeignObject, notes: Notes) -> None:
    story = content.object("story")
    blocks = story.items("datablocks")
    fragments = story.objects("fragments")
    if not fragments:
        refuse(story.place, "has no fragments, so there is no story in it")
    if len(blocks) > len(fragments):
        notes.dropped.append(count(len(blocks), "step") + " of the history of changes")
    told: list[tuple[str, str]] = []  # neighbours of one origin are one text
    for fragment in fragments:
        origin, text = fragment.line("origin"), fragment.text("data")
        if told and told[-1][0] == origin:
            told[-1] = origin, told[-1][1] + text
        else:
            told.append((origin, text))
    drop_unread(notes, "fragment", fragments)
    for _, text in told:
        builder.add_text(text)


SCENARIO = Format("novelai-scenario", "a scenario of NovelAI", _is_scenario, _read_scenario)
STORY = Format("novelai-story", "a story of NovelAI", _is_story, _read_story)
