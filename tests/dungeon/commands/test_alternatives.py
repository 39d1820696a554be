"""Test which prompt the words of a reply are scored after."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dungeon import lore
from dungeon.commands.alternatives import score_reply
from dungeon.errors import SavesError
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry
from dungeon.saves.library import Library
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Changes, Kind
from dungeon.story.history import Revision
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.tui.driver import adventure

SETTINGS = GenerationSettings(seed=7, reply_tokens=20, state="ask", state_line="all")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "adventures.db") as opened:
        yield opened


async def played(saves: Library, story: Adventure) -> Game:
    """Return a game in which the player has looked around, and a reply was written."""
    saves.create(story)
    game = Game(saves, ScriptedGenerator(["It rains on the roof of the mill."]), story, SETTINGS)
    async for _ in game.play(Action(Kind.DO, "You look around.")):
        pass
    await game.wait_for_prefetch()
    return game


async def is_scored_after_its_prompt(game: Game) -> bool:
    """Return whether the last reply is scored after the prompt whose hash its turn has."""
    turn = game.adventure.current_turn()
    await score_reply(game)
    assert turn is not None
    assert isinstance(game.generator, ScriptedGenerator)
    scored = game.generator.scored[-1]
    return hashlib.sha256(scored.encode()).hexdigest() == turn.provenance.prompt_sha256


@pytest.mark.parametrize(
    "later",
    [
        replace(SETTINGS, reply_tokens=200),
        replace(SETTINGS, prompt_format="chat"),
        replace(SETTINGS, state="off"),
    ],
)
async def test_a_reply_is_scored_after_the_prompt_of_then(later: GenerationSettings) -> None:
    scorer = ScriptedGenerator(["It rains on the roof of the mill."], context_length=640)
    story = replace(adventure(60, text="You take a knife. The guard is dead."), note="It is dark.")
    game = Game(MemorySaves(), scorer, story, SETTINGS)
    async for _ in game.play(Action(Kind.DO, "You look around.")):
        pass
    await game.wait_for_prefetch()
    turn = game.adventure.current_turn()
    assert turn is not None
    game.generation_settings = later
    await game.revise(note_depth=0 if story.note_depth else 2)
    assert await is_scored_after_its_prompt(game)
    assert game.scored_reply.turn_id == turn.id
    await game.close()


MILL = lore.dump([LoreEntry("m", "Mill", "It is haunted.", always=True)])


@pytest.mark.parametrize(
    "changes",
    [
        {"memory": "You are Tom."},
        {"memory": "You are Tom.", "note": "Be merry.", "note_depth": 3, "lore": ""},
        {"lore": lore.dump([LoreEntry("m", "Mill", "It is new.", always=True)])},
    ],
)
async def test_memory_note_and_lore_are_those_of_then(library: Library, changes: Changes) -> None:
    story = replace(adventure(3), memory="You are Zed.", note="Be grim.", note_depth=1, lore=MILL)
    game = await played(library, story)
    await game.revise(**changes)
    await game.revise(memory="You are nobody.")
    assert await is_scored_after_its_prompt(game)
    await game.close()


async def test_the_prompt_of_a_reply_that_was_carried_over_is_that_of_its_own_line(
    library: Library,
) -> None:
    game = await played(library, adventure(3))
    await game.edit_reply("You stand in a mill.", game.adventure.path()[0].id)
    assert game.adventure.path()[-1].provenance.carried_from
    assert await is_scored_after_its_prompt(game)
    await game.close()


class Unreadable(MemorySaves):
    """Saves whose earlier values cannot be read."""

    def former_values(self, adventure: Adventure) -> tuple[Revision, ...]:
        raise SavesError("The saves cannot be read.")


async def test_where_earlier_values_cannot_be_read_todays_are_taken() -> None:
    game = Game(Unreadable(), ScriptedGenerator(["It rains."]), adventure(3), SETTINGS)
    async for _ in game.play(Action(Kind.DO, "You look around.")):
        pass
    assert await is_scored_after_its_prompt(game)
    await game.close()
