"""Tests of the summary while a game is played: when it is made, by whom, and where it holds."""

from pathlib import Path

import pytest

from dungeon.commands import parse_line
from dungeon.commands.effects import Effect, Message, SaveSettings, View
from dungeon.errors import GeneratorError, InputRefused
from dungeon.files.home import Home
from dungeon.generator.scripted import Reply, ScriptedGenerator, ScriptStep
from dungeon.plain.views import view_text
from dungeon.session import Session
from dungeon.session.summary_view import summary_text
from dungeon.settings import Settings
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.summary_method import SummaryMethod
from dungeon.story import Action, Adventure, Kind, StorySummary, SummarySource, Turn
from dungeon.turns.game import Game
from dungeon.turns.rolling_summary import clean_summary
from dungeon.turns.turn_events import TurnSaved
from tests.dungeon.memory_saves import MemorySaves
from tests.patience import loop_until

LOOK = Action(Kind.DO, "You look around.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."


def game_of(*replies: ScriptStep, method: SummaryMethod = "extractive", turns: int = 40) -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You are Rowan, a ferryman's child.")
    story = Adventure("a", "The Boathouse").with_turn(opening)
    for number in range(turns):
        text = f"Door {number} is locked. The hall goes on and on between the lamps."
        story = story.with_turn(Turn(f"t{number}", story.head, Kind.DO, "You go.", text))
    generator = ScriptedGenerator(replies, context_length=600)
    settings = GenerationSettings(seed=7, summary=method, retrieval=False)
    return Game(MemorySaves(), generator, story, settings)


async def ready(game: Game) -> Game:
    game.prefetch()
    await game.wait_for_prefetch()
    return game


async def run(game: Game, line: str) -> Effect:
    return await parse_line(line).run(game)


def summary_of(game: Game) -> StorySummary:
    summary = game.adventure.summary()
    assert summary is not None
    return summary


async def test_turns_that_no_longer_fit_are_summarised_between_turns() -> None:
    game = await ready(game_of(ROOM))
    context, summary = game.context, summary_of(game)
    assert context is not None
    assert context.prompt.startswith("[The story so far: You are Rowan, a ferryman's child.")
    assert [part.name for part in context.parts] == ["summary", "story"]
    assert 0 < context.parts[0].tokens <= context.summary_room
    assert summary.turn == "t39"
    assert summary.covers == f"t{context.left_out - 2}"
    assert len(game.adventure.summaries) == 1  # until more turns are left out
    await game.close()


async def test_there_is_none_while_the_story_fits_or_where_it_is_off() -> None:
    for game in (game_of(turns=3), game_of(method="off")):
        await ready(game)
        assert game.adventure.summaries == ()
        assert game.context is not None
        assert "story so far" not in game.context.prompt
        await game.close()


async def test_where_there_was_no_time_for_one_that_is_said() -> None:
    game = game_of(ROOM)
    assert "One is made when turns no longer fit" in summary_text(game, "")
    async for _ in game.play(LOOK):  # as from a pipe: the next line is there at once
        pass
    assert game.context is not None
    said = summary_text(game, "")
    assert f"although the prompt leaves out {game.context.left_out} turns." in said
    await game.close()


async def test_undo_and_branches_have_the_summary_of_then() -> None:
    game = await ready(game_of(ROOM, ROOM))
    first = summary_of(game)
    async for event in game.play(LOOK):
        if isinstance(event, TurnSaved):
            await run(game, "/summary edit You drowned the ferry.")
    assert summary_of(game).text == "You drowned the ferry."
    await game.undo()
    assert summary_of(game) == first
    await game.move_to("t10")
    assert game.adventure.summary() is None
    await game.close()


async def test_the_players_words_stay_and_later_sentences_follow_them() -> None:
    game = await ready(game_of(*[ROOM] * 30))
    await run(game, "/summary edit You are Rowan and hate boats.")
    await run(game, "/memory " + "You remember the river. " * 40)  # there is less room now
    await game.wait_for_prefetch()
    summary = summary_of(game)
    assert summary.text.startswith("You are Rowan and hate boats. Door ")
    assert summary.source is SummarySource.EXTRACTIVE
    await game.close()


async def test_a_pinned_summary_stays_until_it_is_unpinned() -> None:
    game = await ready(game_of())
    assert await run(game, "/summary pin") == Message(
        "The summary is pinned: it stays as it is until you unpin it."
    )
    pinned = summary_of(game).text
    await run(game, "/memory " + "You remember the river. " * 40)
    await game.wait_for_prefetch()
    assert summary_of(game).text == pinned
    await run(game, "/summary unpin")
    await game.wait_for_prefetch()
    assert summary_of(game).text != pinned
    await game.close()


async def test_versions_are_kept_and_can_be_gone_back_to() -> None:
    game = await ready(game_of())
    await run(game, "/summary edit The ferry burns.")
    await run(game, "/summary edit -")
    assert summary_of(game).text == ""
    shown = summary_text(game, "versions")
    assert "2. Made" not in shown
    assert "2. made at turn 41, your words" in shown
    assert "The ferry burns." in shown
    assert "(empty)" in summary_text(game, "")
    await run(game, "/summary restore 2")
    assert summary_of(game).text == "The ferry burns."
    for line in ("pin", "pin", "restore 1", "restore 2", "restore 2", "pin"):
        await run(game, f"/summary {line}")
    shown = summary_text(game, "versions")
    assert "1 to 32, pinned, used now\nThe ferry burns." in shown
    assert "3. made at turn" in shown
    assert "4. made at turn" not in shown  # the same text is the same version
    with pytest.raises(InputRefused, match="versions 1 to 3"):
        await run(game, "/summary restore 9")
    with pytest.raises(InputRefused, match="cannot “fold”"):
        await run(game, "/summary fold")
    await game.close()


async def test_the_method_is_chosen_and_saved() -> None:
    game = await ready(game_of())
    effect = await run(game, "/summary off")
    assert effect == SaveSettings({"summary": "off"}, "The summary is off: no summary.")
    await game.wait_for_prefetch()
    assert game.context is not None
    assert "story so far" not in game.context.prompt
    assert "Method: off" in summary_text(game, "")
    await game.close()


async def test_a_model_writes_it_of_the_former_one_and_the_turns_since() -> None:
    written = "Summary: You cross the hall. Every door is locked. And then"
    game = await ready(game_of(written, "You have a key.", method="model"))
    [first, second, *_] = game.adventure.summaries  # all turns do not fit one prompt
    assert (first.text, first.source) == (
        "You cross the hall. Every door is locked.", SummarySource.MODEL
    )  # fmt: skip
    assert second.text == "You have a key."
    requests = game.generator.requests  # type: ignore[attr-defined]
    assert requests[1].prompt.startswith(f"[The story so far: {first.text}]")
    assert all(len(request.prompt.split()) < 600 for request in requests)
    await game.close()


@pytest.mark.parametrize("reply", ["…", GeneratorError("It broke.")])
async def test_where_the_model_cannot_sentences_are_chosen(reply: ScriptStep) -> None:
    game = await ready(game_of(reply, method="model"))
    assert summary_of(game).source is SummarySource.EXTRACTIVE
    await game.close()


async def test_an_action_cancels_the_writing() -> None:
    game = game_of(Reply("You cross", then="hang"), ROOM, method="model")
    game.prefetch()
    await loop_until(lambda: game.generator.requests)  # type: ignore[attr-defined]
    events = [event async for event in game.play(LOOK)]
    assert isinstance(events[-1], TurnSaved)
    assert events[-1].turn.text == ROOM
    assert len(game.generator.interrupted) == 1  # type: ignore[attr-defined]
    await game.close()


def test_what_a_model_writes_is_cleaned() -> None:
    assert clean_summary("**Here is a summary of it:** You go.\n\n> You sit. You") == (
        "You go. You sit."
    )
    assert clean_summary("<think>Hm.</think>[You go.]") == "You go."
    assert clean_summary("no sentence") == ""


async def test_the_context_view_names_it(own_home: Path) -> None:
    game = await ready(game_of())
    shown = await view_text(View.CONTEXT, "", game, Session(Home(own_home), Settings()))
    assert "Summary: made at turn 41, sentences of the story, covers turns 1 to" in shown
    await game.close()
