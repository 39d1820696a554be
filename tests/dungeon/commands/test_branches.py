"""Test the way from reply to reply, and from branch to branch."""

import pytest

from dungeon.commands import parse_line
from dungeon.commands.effects import Effect, OpenView, PlayTurn, StoryChanged, View
from dungeon.errors import InputRefused
from dungeon.game import Game
from dungeon.generation import GenerationSettings
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.story import Adventure, Kind, Turn
from tests.dungeon.memory_saves import MemorySaves


@pytest.fixture
def game() -> Game:
    adventure = Adventure("a", "The Boathouse")
    for name, parent, action, text in (
        ("1", None, "", "You wake in a boathouse."),
        ("2", "1", "You go.", "A road of dust begins here."),
        ("3", "1", "You go.", "A road of mud begins here."),
        ("4", "3", "You run.", "The mud wins."),
        ("5", "1", "You stay.", "Rain falls."),
    ):
        kind = Kind.DO if parent else Kind.OPENING
        adventure = adventure.with_turn(Turn(name, parent, kind, action, text))
    settings = GenerationSettings(seed=7)
    generator = ScriptedGenerator(["A road of snow begins here."])
    return Game(MemorySaves(), generator, adventure.with_head("2"), settings)


async def run(game: Game, line: str) -> Effect:
    return await parse_line(line).run(game)


async def test_swiping_goes_to_the_next_and_back(game: Game) -> None:
    assert await run(game, "/swipe") == StoryChanged("Reply 2 of 2.")
    assert game.adventure.head == "3"
    assert game.adventure.redo_target() == "4"
    assert await run(game, "/swipe -") == StoryChanged("Reply 1 of 2.")
    assert await run(game, "/swipe 2") == StoryChanged("Reply 2 of 2.")
    for line in ("/swipe 0", "/swipe 3", "/swipe x", "/swipe ²", "/swipe " + "9" * 5000):
        with pytest.raises(InputRefused, match="2 replies"):
            await run(game, line)
    await game.close()


async def test_swiping_past_the_last_reply_writes_another(game: Game) -> None:
    await run(game, "/swipe 2")
    effect = await run(game, "/swipe +")
    assert isinstance(effect, PlayTurn)
    assert effect.replaces_last
    async for _ in effect.events:
        pass
    assert len(game.adventure.replies()) == 3
    await game.close()


async def test_one_reply_has_none_before_it(game: Game) -> None:
    await run(game, "/branches 3")
    with pytest.raises(InputRefused, match="one reply"):
        await run(game, "/swipe -")
    await game.close()


async def test_branches_are_listed_and_gone_to(game: Game) -> None:
    assert await run(game, "/branches") == OpenView(View.BRANCHES)
    assert await run(game, "/tree 2") == StoryChanged("The story stands after: You run.")
    assert game.adventure.head == "4"
    for line in ("/branches 4", "/branches 0", "/branches x", "/branches " + "9" * 5000):
        with pytest.raises(InputRefused, match="1 to 3"):
            await run(game, line)
    await game.close()


async def test_a_turn_of_another_adventure_is_refused(game: Game) -> None:
    with pytest.raises(InputRefused, match="no such turn"):
        await game.move_to("elsewhere")
    await game.close()
