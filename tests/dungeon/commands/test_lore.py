"""`/lore`: entries are listed, added, changed, removed and tested."""

from collections.abc import AsyncGenerator

import pytest

from dungeon.commands import parse_line
from dungeon.commands.effects import Effect, Message, OpenView, View
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry, editing, load
from dungeon.session.lore_view import lore_text, selection_lines
from dungeon.story import Adventure, Kind, Turn
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves


@pytest.fixture
async def game() -> AsyncGenerator[Game, None]:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    game = Game(MemorySaves(), ScriptedGenerator([]), Adventure("a", "T").with_turn(opening))
    yield game
    await game.close()


async def run(game: Game, line: str) -> Effect:
    return await parse_line(line).run(game)


def entries(game: Game) -> tuple[LoreEntry, ...]:
    return load(game.adventure.lore)


async def test_an_entry_is_added_changed_and_removed(game: Game) -> None:
    effect = await run(game, "/lore add gate, iron gate: It has been shut: since the war.")
    assert effect == Message(
        "The lore entry “gate” stands when “gate” or “iron gate” is mentioned."
    )
    [entry] = entries(game)
    assert (entry.keys, entry.content) == (
        ("gate", "iron gate"),
        "It has been shut: since the war.",
    )
    await run(game, "/lore edit gate sticky: 3")
    await run(game, "/lore edit 1 title: The gate")
    await run(game, "/lore edit the gate: It is open.")
    await run(game, "/lore edit iron gate always: YES")
    [entry] = entries(game)
    assert (entry.sticky, entry.title, entry.content) == (3, "The gate", "It is open.")
    assert entry.always
    await run(game, "/lore remove THE GATE")
    assert entries(game) == ()


async def test_what_line_mode_shows(game: Game) -> None:
    assert "no lore entries yet" in lore_text(game, "")
    await run(game, "/lore add gate: It is shut.")
    await run(game, "/lore add boathouse: It leaks.")
    assert "  1  gate [gate] It is shut." in lore_text(game, "")
    effect = await run(game, "/lore edit gate")
    assert isinstance(effect, OpenView)
    assert "keys: gate\nand: \n" in lore_text(game, effect.argument)
    tested = await run(game, "/lore test At the gate.")
    assert isinstance(tested, OpenView)
    assert lore_text(game, tested.argument) == "“gate” fires: key “gate”, in this text."
    assert lore_text(game, "test nothing") == "Nothing fires."
    game.prefetch()
    await game.wait_for_prefetch()
    assert game.context is not None
    assert list(selection_lines(game.context.lore)) == [
        "“boathouse” is in the prompt: key “boathouse”, 1 turn back."
    ]


async def test_a_word_without_a_text_opens_the_editor(game: Game) -> None:
    assert await run(game, "/lore add gate") == OpenView(View.LORE, "add gate")
    assert await run(game, "/lore add") == OpenView(View.LORE, "add")
    assert "/lore add gate: TEXT" in lore_text(game, "add gate")
    assert game.adventure.lore == ""


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/lore fly", "cannot “fly”"),
        ("/lore add …", "no letter or digit"),
        ("/lore add : x", "no keys"),
        ("/lore edit", "Say which entry"),
        ("/lore edit wall", "no lore entry “wall”"),
        ("/lore edit 3", "no lore entry “3”"),
        ("/lore edit gate", "several entries; use a number: 1, 2"),
        ("/lore edit 1:", "has no text"),
        ("/lore edit 1 keys: ", "has no keys"),
        ("/lore edit 1 depth: many", "`depth` is a whole number"),
        ("/lore edit 1 depth: 51", "depth must be from 1 to 50"),
        ("/lore edit 1 bogus: 3", "no field “bogus”. Fields are title, keys"),
        ("/lore edit 1 always: maybe", "is yes or no"),
        ("/lore remove", "Say which entry"),
        ("/lore test", "Say a text"),
    ],
)
async def test_what_is_wrong_is_said(game: Game, line: str, problem: str) -> None:
    await run(game, "/lore add gate: One.")
    await run(game, "/lore add gate: Two.")
    before = game.adventure.lore
    with pytest.raises(InputRefused, match=problem):
        await run(game, line)
    assert game.adventure.lore == before


def test_a_form_is_read_as_it_was_written() -> None:
    entry = LoreEntry(
        "a", "The gate", "Shut.\n\nLong ago.", ("gate", "yes, sir"), ("war",), ("dream",),
        always=True, enabled=False, order=-5, group="g", sticky=2, recursive=False,
    )  # fmt: skip
    read = editing.read_form(editing.write_form(entry), entry)
    assert read.keys == ("gate", "yes sir")  # the same words
    assert editing.write_form(read) == editing.write_form(entry)
    with pytest.raises(InputRefused, match="“colour: red” is no field"):
        editing.read_form("colour: red\n\nText.", entry)
