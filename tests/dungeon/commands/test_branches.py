"""Test the way from reply to reply, and from branch to branch."""

import pytest

from dungeon.commands import parse_line
from dungeon.commands.checkpoints import compare_with_current, find_comparison
from dungeon.commands.edits import change_reply
from dungeon.commands.effects import (
    BeginAdventure,
    Effect,
    Message,
    OpenView,
    PlayTurn,
    StoryChanged,
    View,
)
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Adventure, Kind, Turn, branching
from dungeon.turns.game import Game
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
    for line in ("/branches 4", "/branches 0", "/branches " + "9" * 5000):
        with pytest.raises(InputRefused, match="1 to 3"):
            await run(game, line)
    await game.close()


async def test_a_turn_of_another_adventure_is_refused(game: Game) -> None:
    with pytest.raises(InputRefused, match="no such turn"):
        await game.move_to("elsewhere")
    await game.close()


async def test_turns_are_named_and_gone_to_by_name(game: Game) -> None:
    assert await run(game, "/checkpoint The dusty road") == Message(
        "This turn is the checkpoint “The dusty road”."
    )
    await run(game, "/branches 2")
    assert await run(game, "/goto the dusty") == StoryChanged("The story stands after: You go.")
    assert game.adventure.head == "2"
    await run(game, "/goto 1")
    moved = await run(game, "/bookmark The dusty road")
    assert isinstance(moved, Message)
    assert "another turn before" in moved.message
    assert game.adventure.checkpoints == {"The dusty road": ("1",)}
    assert await run(game, "/checkpoints") == OpenView(View.CHECKPOINTS)
    await run(game, "/checkpoint - the dusty")
    assert not game.adventure.checkpoints
    for line in ("/checkpoint 7", "/checkpoint - mill", "/checkpoint " + "x" * 61, "/goto mill"):
        with pytest.raises(InputRefused):
            await run(game, line)
    await game.close()


async def test_branches_are_compared_only_where_they_are(game: Game) -> None:
    assert await run(game, "/compare 2") == OpenView(View.COMPARISON, "2")
    for argument, left, right in (("2", "2", "4"), ("1 with 3", "2", "5")):
        expected = branching.compare(game.adventure, left, right)
        assert find_comparison(game, argument) == expected
    for line in ("/compare 4", "/compare 1 with mill", "/compare", "/compare 2 with 2"):
        with pytest.raises(InputRefused):
            await run(game, line)
    with pytest.raises(InputRefused, match="The story stands at this turn"):
        compare_with_current(game, game.adventure.head or "")
    await game.move_to("4")
    with pytest.raises(InputRefused, match="one and the same branch"):
        await run(game, "/compare 2")


async def test_a_fork_begins_an_adventure(game: Game) -> None:
    effect = await run(game, "/fork")
    assert isinstance(effect, BeginAdventure)
    assert effect.adventure.title == "The Boathouse (fork)"
    assert list(effect.adventure.turns) == ["1", "2"]
    assert len(game.adventure.turns) == 5


async def test_an_earlier_reply_is_edited_as_a_branch_beside_it(game: Game) -> None:
    await run(game, "/branches 2")
    await change_reply(game, "A road of ice.", "2")
    edited = game.adventure.current_turn()
    assert edited is not None
    assert (edited.parent, edited.action, edited.text) == ("1", "You go.", "A road of ice.")
    assert len(game.adventure.turns) == 6
    await game.close()
