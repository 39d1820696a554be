"""Lore entries in prompts: their place, their budget, and what turns record of them."""

from dataclasses import replace
from typing import Any

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry, LoreIndex, activate, dump
from dungeon.lore.activation import MAX_FIRED
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.context import Context
from dungeon.prompt.inputs import PromptInputs
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Provenance, Turn
from dungeon.transfer import grue_json
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved
from tests.dungeon.memory_saves import MemorySaves
from tests.rows import every_row

LOOK = Action(Kind.DO, "You look at the gate.")
OPENING = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")


def entry(name: str, content: str = "", **more: Any) -> LoreEntry:
    content = content or f"The {name} is old."
    return LoreEntry(name, name, content, **({"keys": (name,)} | more))


def story(*entries: LoreEntry, **more: Any) -> Adventure:
    return Adventure("a", "T", lore=dump(entries), **more).with_turn(OPENING)


async def words(text: str) -> int:
    return len(text.split())


async def prompt(adventure: Adventure, action: Action | None, budget: int = 100) -> Context:
    return await build_prompt(PromptInputs(adventure, action, budget=budget, count=words))


async def test_entries_stand_behind_the_memory_in_their_order() -> None:
    entries = (entry("gate"), entry("boathouse", order=1), entry("well"))
    context = await prompt(story(*entries, memory="You are Rowan."), LOOK)
    assert context.prompt == (
        "You are Rowan.\n\nThe boathouse is old.\n\nThe gate is old.\n\n"
        "You wake in a boathouse.\n\n> You look at the gate."
    )
    assert context.tokens == len(context.prompt.split())
    assert [one.reason for one in context.lore.included] == [
        "key “boathouse”, 1 turn back",
        "key “gate”, in your action",
    ]
    assert context.lore.record == "boathouse gate"


async def test_what_does_not_fit_is_left_out_whole_and_named() -> None:
    long = entry("boathouse", "long " * 30, order=1)
    context = await prompt(story(long, entry("gate")), LOOK)
    assert [one.entry.id for one in context.lore.included] == ["gate"]
    assert [one.entry.id for one in context.lore.left_out] == ["boathouse"]
    assert context.lore.record == "gate"


async def test_the_room_for_lore_does_not_depend_on_what_fires() -> None:
    """Else the story would be trimmed for an entry, and stay so after it."""
    adventure = story(entry("gate", "word " * 15), entry("well"))
    fires, does_not = [
        (await prompt(adventure, action)).lore.room for action in (LOOK, Action(Kind.DO, "Wait."))
    ]
    assert fires == does_not


async def test_lore_that_cannot_be_read_costs_no_turn() -> None:
    context = await prompt(replace(story(), lore="[1]"), LOOK)
    assert "not an entry" in context.lore.error
    assert "boathouse" in context.prompt


async def test_turns_record_their_entries_and_an_export_keeps_it() -> None:
    generator = ScriptedGenerator(["The rain falls on the river."] * 5)
    game = Game(
        MemorySaves(),
        generator,
        story(entry("zither", depth=2, sticky=2)),
        GenerationSettings(seed=1),
    )
    records = []
    for action in (Action(Kind.DO, "You tune the zither."), *[Action(Kind.CONTINUE)] * 4):
        *_, saved = [event async for event in game.play(action)]
        assert isinstance(saved, TurnSaved)
        records.append(saved.turn.provenance.lore)
    await game.close()
    assert records == ["zither", "zither", "zither+", "zither+", ""]
    again = grue_json.read("a.json", grue_json.write(game.adventure))
    assert again == game.adventure


async def test_an_edited_reply_keeps_the_record() -> None:
    turn = Turn("t", "opening", Kind.DO, "You go.", "You went.", Provenance(lore="gate"))
    game = Game(MemorySaves(), ScriptedGenerator([]), story(entry("gate")).with_turn(turn))
    assert (await game.edit_reply("You run.")).turn.provenance.lore == "gate"
    await game.close()


@every_row("more", [{"always": True}, {"keys": ("old", "the", "the old")}])
def test_thousands_that_would_fire_are_capped(more: dict[str, Any]) -> None:
    entries = [entry(f"k{n}", "the old one", order=-n, **more) for n in range(3_000)]
    activation = activate(LoreIndex(entries), ["the old one"])
    assert len(activation.fired) == MAX_FIRED
    assert activation.fired[0].entry.id == "k2999"
    assert any("others fired" in one.reason for one in activation.suppressed)
