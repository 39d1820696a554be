"""Tests of the commands that change how words are sampled."""

from dataclasses import replace

import pytest

from dungeon.commands import parse_line
from dungeon.commands.effects import Effect, Message, OpenView, PlayTurn, SaveSettings, View
from dungeon.commands.guidance import NOT_SUPPORTED
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.presets import PRESETS
from dungeon.settings.sampling import Sampling
from dungeon.story import Adventure, Kind, Turn
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves

ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."


@pytest.fixture
def game() -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    return Game(MemorySaves(), ScriptedGenerator([ROOM]), adventure, GenerationSettings(seed=7))


async def run(game: Game, line: str) -> Effect:
    return await parse_line(line).run(game)


async def play(game: Game, line: str) -> None:
    effect = await run(game, line)
    assert isinstance(effect, PlayTurn)
    async for _ in effect.events:
        pass
    await game.close()


async def test_samplers_are_changed_one_by_one_and_kept_as_a_preset(game: Game) -> None:
    assert await run(game, "/sampling") == OpenView(View.SAMPLING)
    told = await run(game, "/sampling top-k")
    assert isinstance(told, Message)
    assert told.message.startswith("top_k is 0 (default 0). Choose among")
    await run(game, "/sampling top_k 40")
    assert game.generation_settings.sampling.top_k == 40
    for wrong in ("/sampling top_k many", "/sampling topsy 4", "/preset save", "/preset save wild"):
        with pytest.raises(InputRefused):
            await run(game, wrong)
    saved = await run(game, "/preset save My  mood")
    assert isinstance(saved, SaveSettings)
    assert saved.changes == {
        "presets": {"my mood": Sampling(top_k=40)}, "preset": "my mood"
    }  # fmt: skip
    await run(game, "/preset wild")
    await run(game, "/preset my mood")
    assert game.generation_settings.sampling.top_k == 40
    deleted = await run(game, "/preset delete my mood")
    assert isinstance(deleted, SaveSettings)
    assert deleted.changes == {"presets": {}, "preset": "storyteller"}


async def test_guidance_is_chosen_and_outlasts_the_preset(game: Game) -> None:
    off = await run(game, "/guidance")
    assert isinstance(off, Message)
    assert "off" in off.message
    await run(game, "/guidance 1.5")
    await run(game, "/preset steady")
    assert game.generation_settings.sampling == replace(PRESETS["steady"], guidance=1.5)
    presets = await run(game, "/preset")
    assert isinstance(presets, Message)
    assert "preset is steady" in presets.message
    await run(game, "/guidance OFF")
    assert game.generation_settings.sampling == PRESETS["steady"]
    for wrong in ("0.9", "3.1", "nan", "much", "1" * 5000):
        with pytest.raises(InputRefused, match=r"/guidance 1\.5"):
            await run(game, f"/guidance {wrong}")


async def test_where_replies_cannot_be_guided_the_commands_say_so(game: Game) -> None:
    game.generator.supports_guidance = False  # type: ignore[misc]
    for line in ("/guidance 1.5", "/guidance", "/sampling guidance"):
        told = await run(game, line)
        assert isinstance(told, Message)
        assert NOT_SUPPORTED in told.message


async def test_words_are_biased_and_the_list_is_kept(game: Game) -> None:
    effect = await run(game, "/bias old lantern 2")
    assert isinstance(effect, SaveSettings)
    assert effect.changes == {"biased_words": {"old lantern": 2.0}}
    await run(game, "/bias fog -3.5")
    await run(game, "/bias Old Lantern 1")
    assert await run(game, "/bias") == OpenView(View.BIASED)
    await play(game, "look around")
    assert isinstance(game.generator, ScriptedGenerator)
    lines = ["fog -3.5", "Old Lantern 1"]
    assert [words.line for words in game.generator.requests[-1].biased_words] == lines
    asked = [r for r in game.generator.requests if r.max_tokens]
    assert [words.line for words in asked[-1].biased_words] == lines
    told = await run(game, "/why")
    assert isinstance(told, Message)
    assert "biased words fog -3.5, Old Lantern 1" in told.message
    await run(game, "/bias fog off")
    await run(game, "/bias old lantern 0")
    assert game.generation_settings.biased_words == ()
    for line, problem in (
        ("lantern", "by how much"), ("2", "which words"), ("! 2", "needs a word"),
        ("fog 21", "from -20 to 20"), ("fog nan", "from -20"), ("a" * 101 + " 2", "at most"),
    ):  # fmt: skip
        with pytest.raises(InputRefused, match=problem):
            await run(game, f"/bias {line}")


async def test_a_setting_that_a_server_does_not_take_is_said_to_be_so(game: Game) -> None:
    game.generator.ignored_settings = frozenset({"top_k", "biased_words"})  # type: ignore[attr-defined]
    for line in ("/sampling top_k", "/sampling top_k 40"):
        told = await run(game, line)
        assert isinstance(told, Message)
        assert told.message.endswith("This model server does not take it.")
    told = await run(game, "/sampling min_p 0.2")
    assert isinstance(told, Message)
    assert "server" not in told.message
    saved = await run(game, "/bias fog 2")
    assert isinstance(saved, SaveSettings)
    assert "words cannot be biased there" in saved.message
