"""Saves of AI Dungeon 2 (2019) and of Clover Edition, lists of actions and results; its prompts."""

from dungeon.text.counts import count
from dungeon.transfer.foreign_json import ForeignObject, keep
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.imports import Imported, Notes
from dungeon.transfer.scenario_builder import build_scenario
from dungeon.transfer.story_builder import StoryBuilder
from dungeon.transfer.strict_json import refuse


def _is_ai_dungeon_2(document: Document) -> bool:
    return document.has("story_start", "actions", "results")


def _is_clover(document: Document) -> bool:
    is_save = document.has("context", "actions", "results")
    return is_save and not document.has("story_start")


def _read_ai_dungeon_2(document: Document) -> Imported:
    notes = Notes(AI_DUNGEON_2.title)
    root = ForeignObject(document.name, document.json)
    builder = StoryBuilder(document.name)
    builder.add_text(root.text("story_start"))
    _add_pairs(builder, root.texts("actions"), root.texts("results"), document.name)
    context = root.text("context")
    foreign = keep(AI_DUNGEON_2.id, root.unread, notes)
    adventure = builder.adventure(document.stem, notes, memory=context, foreign=foreign)
    return Imported(notes.report(), (adventure,))


def _read_clover(document: Document) -> Imported:
    notes = Notes(CLOVER.title)
    root = ForeignObject(document.name, document.json)
    builder = StoryBuilder(document.name)
    actions, results = root.texts("actions"), root.texts("results")
    if actions:  # the first action is the prompt, and its result goes on from it
        builder.add_text(f"{actions[0].rstrip()} {results[0].lstrip() if results else ''}")
        _add_pairs(builder, actions[1:], results[1:], document.name)
    memory = "\n\n".join(filter(None, (root.text("context"), *root.texts("memory"))))
    foreign = keep(CLOVER.id, root.unread, notes)
    adventure = builder.adventure(document.stem, notes, memory=memory, foreign=foreign)
    return Imported(notes.report(), (adventure,))


def _add_pairs(builder: StoryBuilder, actions: list[str], results: list[str], name: str) -> None:
    if len(results) > len(actions):
        refuse(name, f"has {count(len(results), 'result')} to {count(len(actions), 'action')}")
    for number, action in enumerate(actions):
        builder.add_action(action)  # an empty one continued the story
        if number < len(results):
            builder.add_text(results[number])
    builder.flush()


def _read_prompt(document: Document) -> Imported:
    notes = Notes(PROMPT.title)
    context, _, prompt = document.text.lstrip().partition("\n")
    scenario = build_scenario(
        document, notes, title=document.stem, summary="", opening=prompt, memory=context
    )
    return Imported(notes.report(), scenarios=(scenario,))


AI_DUNGEON_2 = Format(
    "ai-dungeon-2", "a save of AI Dungeon 2 (2019)", _is_ai_dungeon_2, _read_ai_dungeon_2
)
CLOVER = Format("clover", "a save of Clover Edition", _is_clover, _read_clover)
PROMPT = Format("clover-prompt", "a prompt of Clover Edition", read=_read_prompt)
