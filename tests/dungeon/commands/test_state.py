"""`/state`: what is found is confirmed, corrected, dismissed; the player adds and removes."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from dungeon.commands import parse_line
from dungeon.commands.effects import Effect, Message, OpenView, SaveSettings, View
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session.state_view import NOTHING, SWITCHED_OFF, notice, state_text
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.story.state_events import (
    MAX_EVENTS,
    Category,
    Change,
    Decision,
    Source,
    StateEvent,
)
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves


@pytest.fixture
async def game() -> AsyncGenerator[Game, None]:
    opening = Turn("o", None, Kind.OPENING, "", "You wake in a cell.")
    story = Adventure("a", "T").with_turn(opening)
    took = Turn("t", "o", Kind.DO, "You search.", "You take a knife. The guard is dead.")
    game = Game(MemorySaves(), ScriptedGenerator([]), story.with_turn(took))
    yield game
    await game.close()


async def run(game: Game, line: str) -> Effect:
    return await parse_line(line).run(game)


async def test_what_was_found_is_confirmed_corrected_or_dismissed(game: Game) -> None:
    assert notice(game) == "You are in a cell. Right? And 2 more."
    assert "2  You carry a knife. (turn 2)" in state_text(game)
    assert await run(game, "/state correct 2 a rusty knife") == Message(
        "Confirmed: You carry a rusty knife."
    )
    assert await run(game, "/accept 1") == Message("Confirmed: You are in a cell.")
    assert await run(game, "/state reject") == Message(
        "Dismissed: The guard is dead. /state restore takes that back."
    )
    assert state_text(game).startswith("Place: in a cell\nYou carry: a rusty knife\n")
    assert notice(game) == ""
    decided = [(event.decision, event.source) for event in game.adventure.state_events]
    assert decided == [
        (Decision.REJECTED, Source.RULE),
        (Decision.ACCEPTED, Source.PLAYER),
        (Decision.ACCEPTED, Source.RULE),
        (Decision.REJECTED, Source.RULE),
    ]
    for line in ("/accept", "/state accept 1", "/state reject all", "/state correct 1 a lamp"):
        with pytest.raises(InputRefused, match="waits to be confirmed"):
            await run(game, line)
    await game.undo()
    assert state_text(game).startswith("Place: in a cell\n\n")
    await game.redo()
    assert "a rusty knife" in state_text(game)


async def test_what_is_not_answered_leaves_the_story_and_waits(game: Game) -> None:
    story = game.adventure
    for number, is_shown in (("1", True), ("2", False)):
        story = story.with_turn(Turn(number, story.head, Kind.DO, "You wait.", "Rain."))
        waiting = Game(MemorySaves(), ScriptedGenerator([]), story)
        assert bool(notice(waiting)) is is_shown
        assert "3  The guard is dead. (turn 2)" in state_text(waiting)
        await waiting.close()


async def test_the_player_adds_and_removes(game: Game) -> None:
    await run(game, "/state reject all")
    assert NOTHING in state_text(game)
    assert await run(game, "/state add brass lamp") == Message("Noted: You carry a brass lamp.")
    hidden = await run(game, "/state add Ansel is dead")
    assert "The model is not told of people; /state line all tells it." in str(hidden)
    await run(game, "/state remove Ansel")
    await run(game, "/state add Bram is your friend")
    await run(game, "/state add the lamp of Bram")
    with pytest.raises(InputRefused, match="Nothing called “cup”"):
        await run(game, "/state remove cup")
    await run(game, "/state remove LAMP")
    assert "You carry: the lamp of Bram\nPeople: Bram is your friend" in state_text(game)
    await run(game, "/state remove bram")
    assert "People" not in state_text(game)


async def test_what_was_removed_or_dismissed_comes_back(game: Game) -> None:
    with pytest.raises(InputRefused, match="Nothing was removed"):
        await run(game, "/state restore")
    await run(game, "/accept")
    await run(game, "/state add quest: find the ring")
    before = state_text(game)
    assert await run(game, "/state remove find the ring") == Message(
        "Noted: Done: find the ring. /state restore takes that back."
    )
    await run(game, "/state remove knife")
    assert "knife" not in state_text(game)
    assert await run(game, "/state restore") == Message("Back again: a knife.")
    await run(game, "/state restore")
    assert state_text(game) == before
    with pytest.raises(InputRefused, match="Nothing was removed"):
        await run(game, "/state restore")


async def test_what_was_dismissed_is_asked_again(game: Game) -> None:
    await run(game, "/state reject 2")
    assert "knife" not in state_text(game)
    assert await run(game, "/state restore") == Message("Asked again: You carry a knife.")
    assert "You carry a knife. (turn 2)" in state_text(game)


@pytest.mark.parametrize("name", ["Bram", "bram", "Old Bram.", "Tar Bridge"])
async def test_a_name_alone_is_asked_about(game: Game, name: str) -> None:
    await game.edit_reply("You meet old Bram.")
    with pytest.raises(InputRefused, match=r"may be somebody, a place or a thing.*item: "):
        await run(game, f"/state add {name}")
    for line in ("/state add the Bram", f"/state add item: {name}"):
        assert isinstance(await run(game, line), Message)


async def test_modes(game: Game) -> None:
    assert await run(game, "/state") == OpenView(View.STATE)
    effect = await run(game, "/state off")
    assert isinstance(effect, SaveSettings)
    assert effect.changes == {"state": "off"}
    assert (state_text(game), notice(game)) == (SWITCHED_OFF, "")
    await run(game, "/state ask")
    assert notice(game)
    for line in ("all", "off", "things"):
        effect = await run(game, f"/state line {line}")
        assert isinstance(effect, SaveSettings)
        assert effect.changes == {"state_line": line}
        assert game.generation_settings.state_line == line


@pytest.mark.parametrize("finder", ["rules", "model", "auto"])
async def test_who_looks_for_changes_is_chosen(game: Game, finder: str) -> None:
    effect = await run(game, f"/state find {finder}")
    assert isinstance(effect, SaveSettings)
    assert effect.changes == {"state_finder": finder}
    assert game.generation_settings.state_finder == finder


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/state dance", "cannot “dance”"), ("/state add", "what to add"),
        ("/state remove", "what to remove"), ("/state accept 9", "which suggestion"),
        ("/state correct", "which suggestion"), ("/state correct 1", "what is right"),
        ("/state accept x", "which suggestion"), ("/state off now", "cannot “off now”"),
        ("/state line up", "behind /state line: things, all, off"),
        ("/state restore all", "cannot “restore all”"),
        ("/state find", "behind /state find: auto, rules, model"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_refused(game: Game, line: str, reason: str) -> None:
    with pytest.raises(InputRefused, match=reason):
        await run(game, line)


async def test_what_the_model_is_not_told_is_said(game: Game) -> None:
    await run(game, "/accept 2")
    assert "The model" not in state_text(game)
    await run(game, "/state add Ansel is dead")
    assert "People: Ansel is dead\n(The model is not told of people;" in state_text(game)
    await run(game, "/state line all")
    assert "The model" not in state_text(game)
    await run(game, "/state line off")
    assert "(The model is told nothing of this;" in state_text(game)
    await run(game, "/state off")
    assert "switched off, and the model not told" in str(await run(game, "/state add a rope"))


async def test_auto_confirms_what_is_found_in_a_new_turn() -> None:
    opening = Turn("o", None, Kind.OPENING, "", "You wake in a cell.")
    generator = ScriptedGenerator(["You take the knife from the wall."])
    game = Game(MemorySaves(), generator, Adventure("a", "T").with_turn(opening))
    await run(game, "/state auto")
    async for _ in game.play(Action(Kind.DO, "You search.")):
        pass
    assert state_text(game).startswith("You carry: the knife\n")
    assert game.adventure.state_events[0].turn == game.adventure.head
    await game.close()


async def test_a_place_that_is_left_is_unknown_and_can_be_had_back() -> None:
    opening = Turn("o", None, Kind.OPENING, "", "You wake in a cell.")
    generator = ScriptedGenerator(["The wind is cold.", "You enter a great hall."])
    game = Game(MemorySaves(), generator, Adventure("a", "T").with_turn(opening))
    await run(game, "/accept")
    async for _ in game.play(Action(Kind.DO, "You go north.")):
        pass
    assert "Place" not in state_text(game)
    assert await run(game, "/state restore") == Message("Back again: in a cell.")
    assert "Place: in a cell" in state_text(game)
    with pytest.raises(InputRefused):
        await run(game, "/state restore")
    async for _ in game.play(Action(Kind.DO, "You hum.")):
        pass
    assert "Place" not in state_text(game)
    await run(game, "/state reject all")  # they are in no hall, so they are still in the cell
    assert "Place: in a cell" in state_text(game)
    await game.close()


@pytest.mark.parametrize(("turn", "is_refused"), [("other", False), ("o", True)])
async def test_decisions_of_other_lines_leave_room_for_more(turn: str, is_refused: bool) -> None:
    opening = Turn("o", None, Kind.OPENING, "", "You wake in a cell.")
    story = Adventure("a", "T").with_turn(opening)
    story = story.with_turn(Turn("other", "o", Kind.DO, "You wait.", "Rain.")).with_head("o")
    event = StateEvent(turn, Change(Category.ITEM, "a cup"), Decision.ACCEPTED, Source.PLAYER)
    game = Game(
        MemorySaves(), ScriptedGenerator([]), replace(story, state_events=(event,) * MAX_EVENTS)
    )
    if is_refused:
        with pytest.raises(InputRefused, match="at most 20,000 changes"):
            await run(game, "/state add a rope")
    else:
        assert "a rope" in str(await run(game, "/state add a rope"))
    await game.close()
