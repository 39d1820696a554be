"""Tests of what an edited turn keeps of the state and the summaries that were at the old one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.state import sentence_of, state_at
from dungeon.story import Action, Adventure, Kind, StorySummary, SummarySource, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent, StateMode
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves

MILL = Change(Category.PLACE, "in the mill")
LAMP = Change(Category.ITEM, "a lamp")
KNIFE = Change(Category.ITEM, "a knife")
LONG_AGO = datetime.now(UTC) - timedelta(days=9)


def story(*texts: str) -> Adventure:
    """Return an adventure in a mill whose turns `1`, `2`, … have these texts."""
    opening = Turn("0", None, Kind.OPENING, "", "You wake in the mill.")
    adventure = replace(
        Adventure("a", "The Mill").with_turn(opening),
        state_events=(StateEvent("0", MILL, Decision.ACCEPTED, Source.RULE),),
    )
    for number, text in enumerate(texts, 1):
        action = "You go north." if "north" in text else "You wait."
        turn = Turn(str(number), str(number - 1), Kind.DO, action, text, created=LONG_AGO)
        adventure = adventure.with_turn(turn)
    return adventure


def game_of(adventure: Adventure, mode: StateMode = "ask") -> Game:
    settings = GenerationSettings(state=mode)
    return Game(MemorySaves(), ScriptedGenerator([]), adventure, settings)


def told(game: Game) -> list[str]:
    return [sentence_of(entry) for entry in state_at(game.adventure).entries]


@pytest.mark.parametrize("texts", [("You take a knife.",), ("You take a knife.", "Rain falls.")])
async def test_what_the_player_stated_and_confirmed_at_a_turn_outlives_its_edit(
    texts: tuple[str, ...],
) -> None:
    adventure = story(*texts)
    events = (
        StateEvent("1", KNIFE, Decision.ACCEPTED, Source.RULE),
        StateEvent("1", LAMP, Decision.ACCEPTED, Source.PLAYER),
    )
    pinned = StorySummary("s", "1", "0", "You woke.", SummarySource.PLAYER, pinned=True)
    game = game_of(adventure.with_changes({"new_state_events": events, "summary": pinned}))
    before = told(game)
    edited = await game.edit_reply("You take a knife, and shiver.", "1")
    assert edited.carried == len(texts) - 1
    assert told(game) == before
    summary = game.adventure.summary()
    assert summary is not None
    assert (summary.text, summary.pinned) == ("You woke.", True)
    await game.close()


@pytest.mark.parametrize("mode", ["ask", "auto"])
@pytest.mark.parametrize("texts", [("The wind north is cold.",), ("It is cold north.", "Rain.")])
async def test_a_place_that_was_left_stays_left_where_the_reply_is_edited(
    texts: tuple[str, ...], mode: StateMode
) -> None:
    adventure = story(*texts)
    gone = StateEvent("1", replace(MILL, removed=True), Decision.ACCEPTED, Source.RULE)
    game = game_of(adventure.with_changes({"new_state_events": (gone,)}), mode)
    assert told(game) == []
    await game.edit_reply("The wind is very cold.", "1")
    assert told(game) == []
    await game.close()


async def test_who_had_not_left_a_place_has_not_left_it_after_an_edit() -> None:
    refused = StateEvent("1", replace(MILL, removed=True), Decision.REJECTED, Source.RULE)
    game = game_of(story("It is cold north.").with_changes({"new_state_events": (refused,)}))
    await game.edit_reply("It is very cold.", "1")
    assert told(game) == ["You are in the mill."]
    await game.close()


@pytest.mark.parametrize("texts", [("Rain falls.",), ("Rain falls.", "It stops.")])
async def test_what_an_edited_turn_says_is_confirmed_where_the_settings_say_so(
    texts: tuple[str, ...],
) -> None:
    for mode, has_knife in (("auto", True), ("ask", False)):
        game = game_of(story(*texts), mode)  # type: ignore[arg-type]
        await game.edit_reply("You take a knife.", "1")
        assert ("You carry a knife." in told(game)) is has_knife
        await game.close()


@pytest.mark.parametrize("texts", [("Rain falls.",), ("Rain falls.", "It stops.")])
async def test_an_edited_turn_is_of_the_time_of_the_edit(texts: tuple[str, ...]) -> None:
    game = game_of(story(*texts))
    reply = await game.edit_reply("Hail falls.", "1")
    action = await game.correct_action(Action(Kind.DO, "You sing."), reply.turn.id)
    assert LONG_AGO < reply.turn.created <= action.turn.created
    await game.close()
