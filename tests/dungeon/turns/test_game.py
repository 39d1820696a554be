"""Tests of one turn from action to saved reply, on a scripted model."""

import asyncio
from contextlib import aclosing

import pytest

from dungeon.errors import GeneratorError, HeadMoved, InputRefused, NotSaved
from dungeon.generator.scripted import Reply, ScriptedGenerator
from dungeon.story import Action, Draft, Kind
from dungeon.turns.turn_events import Event, TurnCancelled, TurnSaved, TurnStarted
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.turns.games import (
    FOX,
    LOOK,
    RAIN,
    ROOM,
    WAIT,
    done,
    events_of,
    game_of,
    shown,
)


@pytest.fixture
def saves() -> MemorySaves:
    return MemorySaves()


async def test_a_turn_is_saved_and_then_shown(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    events = await events_of(game.play(LOOK))
    turn = done(events).turn
    assert events[0] == TurnStarted(LOOK)
    assert shown(events) == turn.text == ROOM
    assert saves.turns == [turn]
    assert (turn.parent, turn.kind, turn.action) == ("opening", Kind.DO, LOOK.text)
    assert game.adventure.head == turn.id
    await game.close()


async def test_turn_saved_comes_after_the_turn_is_saved(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    async for event in game.play(LOOK):
        if isinstance(event, TurnSaved):
            assert saves.turns == [event.turn]
        else:
            assert saves.turns == []
    await game.close()


async def test_the_action_is_saved_as_a_draft_before_generation_starts(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    events = game.play(LOOK)
    await anext(events)
    assert saves.kept == Draft("opening", Kind.DO, LOOK.text)
    await events.aclose()
    await game.close()


async def test_provenance_records_how_a_turn_was_generated(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    provenance = done(await events_of(game.play(LOOK))).turn.provenance
    assert provenance.model == "scripted"
    assert provenance.seed == 7 + 7919
    assert provenance.sampling == game.generation_settings.sampling.to_dict()
    assert provenance.prompt_tokens > 0
    assert 0 < provenance.tokens <= len(ROOM.split())
    assert provenance.ended == "sentence"
    await game.close()


async def test_the_same_seed_and_actions_give_the_same_story(saves: MemorySaves) -> None:
    told = []
    for _ in range(2):
        game = game_of(MemorySaves())
        for action in (LOOK, WAIT):
            await events_of(game.play(action))
        told.append([turn.text for turn in game.adventure.path()])
        await game.close()
    assert told[0] == told[1]


async def test_prefetched_tokens_are_counted(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN)
    await events_of(game.play(LOOK))
    await game.wait_for_prefetch()  # the player reads; so does the engine
    provenance = done(await events_of(game.play(WAIT))).turn.provenance
    assert provenance.prompt_tokens > provenance.prompt_tokens_evaluated > 0
    await game.close()


async def test_the_prefetch_starts_for_a_consumer_that_stops_at_turn_saved(
    saves: MemorySaves,
) -> None:
    game = game_of(saves, ROOM, RAIN)
    async with aclosing(game.play(LOOK)) as events:
        async for event in events:
            if isinstance(event, TurnSaved):
                assert not game.busy
                break
    await game.wait_for_prefetch()  # the player reads; so does the engine
    provenance = done(await events_of(game.play(WAIT))).turn.provenance
    assert provenance.prompt_tokens > provenance.prompt_tokens_evaluated > 0
    await game.close()


async def test_retry_makes_a_branch_with_another_reply(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN)
    first = done(await events_of(game.play(LOOK))).turn
    second = done(await events_of(game.retry())).turn
    assert (second.parent, second.action, second.text) == (first.parent, first.action, RAIN)
    assert second.provenance.seed != first.provenance.seed
    assert set(game.adventure.turns) == {"opening", first.id, second.id}
    assert game.adventure.head == second.id
    await game.close()


async def test_undo_and_redo_move_the_head_and_delete_nothing(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    turn = done(await events_of(game.play(LOOK))).turn
    assert await game.undo() == turn
    assert (game.adventure.head, game.can_undo, game.can_redo) == ("opening", False, True)
    assert await game.redo() == turn
    assert saves.heads == [turn.id, "opening", turn.id]
    with pytest.raises(InputRefused, match="nothing to redo"):
        await game.redo()
    await game.close()


async def test_the_opening_cannot_be_undone_or_retried(saves: MemorySaves) -> None:
    game = game_of(saves)
    with pytest.raises(InputRefused, match="nothing to undo"):
        await game.undo()
    with pytest.raises(InputRefused, match="no reply"):
        await events_of(game.retry())


async def test_an_edited_reply_is_a_new_branch(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    first = done(await events_of(game.play(LOOK))).turn
    edited = (await game.edit_reply("  The room is empty.  ")).turn
    assert (edited.parent, edited.action) == (first.parent, first.action)
    assert edited.text == "The room is empty."
    assert edited.provenance.ended == "edited"
    assert game.adventure.turns[first.id] == first
    with pytest.raises(InputRefused, match="undo"):
        await game.edit_reply(" ")
    await game.close()


async def test_what_follows_an_edited_turn_goes_on_from_it(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN, FOX)
    first = done(await events_of(game.play(LOOK))).turn
    for _ in range(2):
        await events_of(game.play(WAIT))
    edited = await game.edit_reply("The room is empty.", first.id)
    assert (edited.turn.parent, edited.carried, edited.warning) == ("opening", 2, "")
    assert [turn.text for turn in game.adventure.path()][1:] == ["The room is empty.", RAIN, FOX]
    assert saves.heads[-1] == game.adventure.head == game.adventure.tip
    assert saves.turns[-3:] == list(game.adventure.path()[1:])
    assert len(game.adventure.branch_ends()) == 2
    await game.close()


async def test_a_corrected_action_keeps_its_reply_and_what_follows(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN)
    first = done(await events_of(game.play(LOOK))).turn
    await events_of(game.play(WAIT))
    edited = await game.correct_action(Action(Kind.SAY, 'You say "Hello."'), first.id)
    assert (edited.turn.kind, edited.turn.text, edited.carried) == (Kind.SAY, ROOM, 1)
    assert edited.turn.provenance.model == first.provenance.model
    assert [turn.text for turn in game.adventure.path()][1:] == [ROOM, RAIN]
    await game.close()


@pytest.mark.parametrize(("failure", "error"), [("full", NotSaved), ("moved", HeadMoved)])
async def test_an_edit_that_cannot_be_saved_changes_nothing(
    saves: MemorySaves, failure: str, error: type[Exception]
) -> None:
    game = game_of(saves, ROOM, RAIN)
    first = done(await events_of(game.play(LOOK))).turn
    await events_of(game.play(WAIT))
    before = game.adventure
    setattr(saves, failure, True)
    with pytest.raises(error):
        await game.edit_reply("The room is empty.", first.id)
    assert game.adventure is before
    assert not game.busy
    setattr(saves, failure, False)
    await game.close()


async def test_the_opening_can_be_edited(saves: MemorySaves) -> None:
    game = game_of(saves)
    assert (await game.edit_reply("You wake in a barn.")).turn.parent is None
    assert [turn.text for turn in game.adventure.path()] == ["You wake in a barn."]
    await game.close()


async def test_an_edited_action_gets_a_new_reply(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN)
    await events_of(game.play(LOOK))
    turn = done(await events_of(game.edit_action(WAIT))).turn
    assert (turn.parent, turn.action, turn.text) == ("opening", WAIT.text, RAIN)
    await game.close()


async def test_stopping_keeps_what_was_written(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    seen: list[Event] = []
    async for event in game.play(LOOK):
        seen.append(event)
        if len(shown(seen)) > 20:
            game.stop()
    turn = done(seen).turn
    assert turn.text
    assert ROOM.startswith(turn.text)
    assert shown(seen).rstrip() == turn.text != ROOM
    assert turn.provenance.ended == "stopped"
    await game.close()


async def test_stopping_before_a_word_makes_no_turn(saves: MemorySaves) -> None:
    game = game_of(saves, Reply("", "hang"))
    seen: list[Event] = []
    async for event in game.play(LOOK):
        seen.append(event)
        asyncio.get_running_loop().call_soon(game.stop)
    assert seen[-1] == TurnCancelled(LOOK)
    assert saves.turns == []
    assert saves.kept is None
    await game.close()


@pytest.mark.parametrize("after", ["", "The room is "])
async def test_a_failing_model_makes_no_half_turn(saves: MemorySaves, after: str) -> None:
    failure = GeneratorError("The engine stopped.")
    game = game_of(saves, Reply(after, failure), ROOM)
    with pytest.raises(GeneratorError, match="engine stopped"):
        await events_of(game.play(LOOK))
    assert saves.turns == []
    assert saves.kept == Draft("opening", Kind.DO, LOOK.text)
    assert not game.busy
    assert done(await events_of(game.play(LOOK))).turn.text == ROOM
    await game.close()


async def test_closing_the_window_during_a_reply_keeps_its_text(saves: MemorySaves) -> None:
    game = game_of(saves, Reply(ROOM[:40], "hang"))
    seen: list[Event] = []
    enough = asyncio.Event()

    async def watch() -> None:
        async for event in game.play(LOOK):
            seen.append(event)
            if len(shown(seen)) >= 10:
                enough.set()

    task = asyncio.create_task(watch())
    await enough.wait()
    task.cancel()
    await asyncio.wait([task])
    kept = [(turn.text, turn.provenance.ended) for turn in saves.turns]
    assert kept == [(shown(seen).rstrip(), "interrupted")]
    await game.close()


async def test_a_killed_game_recovers_its_text_or_its_action(saves: MemorySaves) -> None:
    game = game_of(saves)
    assert await game.recover() is None
    saves.kept = Draft("opening", Kind.DO, LOOK.text)
    assert await game.recover() == LOOK
    saves.kept = Draft("opening", Kind.DO, LOOK.text, "The room is low.")
    recovered = await game.recover()
    assert isinstance(recovered, TurnSaved)
    assert recovered.turn.text == "The room is low."
    assert recovered.turn.provenance.ended == "interrupted"
    assert game.adventure.head == recovered.turn.id
    saves.kept = Draft("elsewhere", Kind.DO, LOOK.text, "Old words.")
    assert await game.recover() is None


async def test_a_full_disk_loses_nothing(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, RAIN)
    saves.full = True
    failed = done(await events_of(game.play(LOOK)))
    assert "disk is full" in failed.warning
    assert game.unsaved == 1
    with pytest.raises(NotSaved):
        await game.undo()
    saves.full = False
    saved = done(await events_of(game.play(WAIT)))
    assert saved.warning == ""
    assert saves.turns == [failed.turn, saved.turn]
    assert game.unsaved == 0
    await game.close()


async def test_a_head_moved_by_another_window_is_reported(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    saves.moved = True
    told = done(await events_of(game.play(LOOK)))
    assert "Another window" in told.warning
    assert (saves.turns, game.unsaved) == ([told.turn], 0)
    await game.close()


async def test_memory_note_and_title_are_kept(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    await game.revise(memory="You fear water.", note="Be brief.")
    await game.revise(title="Tar")
    events = await events_of(game.play(LOOK))
    request = [r for r in game.generator.requests if r.max_tokens][-1]  # type: ignore[attr-defined]
    assert request.prompt.startswith("You fear water.\n\n")
    assert "[Author's note: Be brief.]\n\n> You look around." in request.prompt
    assert saves.revised[1] == {"title": "Tar"}
    assert game.adventure.title == "Tar"
    assert done(events)
    await game.close()


async def test_one_turn_at_a_time(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM, FOX)
    events = game.play(LOOK)
    await anext(events)
    with pytest.raises(InputRefused, match="still being written"):
        await events_of(game.play(WAIT))
    with pytest.raises(InputRefused):
        await game.undo()
    await events.aclose()
    await game.close()


async def test_forbidden_input_is_refused_and_stored_nowhere(
    saves: MemorySaves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dungeon.text.safety.violates", lambda text: "forbidden" in text)
    game = game_of(saves, ROOM)
    with pytest.raises(InputRefused):
        await events_of(game.play(Action(Kind.DO, "You do the forbidden.")))
    with pytest.raises(InputRefused):
        await game.revise(memory="forbidden")
    assert (saves.turns, saves.drafts, saves.revised) == ([], [], [])


async def test_forbidden_output_is_generated_again_and_then_refused(
    saves: MemorySaves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dungeon.text.safety.violates", lambda text: "forbidden" in text)
    game = game_of(saves, *["A forbidden thing happens here."] * 4)
    events = await events_of(game.play(LOOK))
    turn = done(events).turn
    assert "forbidden" not in turn.text
    assert all("forbidden" not in draft.text for draft in saves.drafts)
    await game.close()


async def test_another_model_goes_on_with_the_same_game(saves: MemorySaves) -> None:
    game = game_of(saves, ROOM)
    await events_of(game.play(LOOK))
    other = ScriptedGenerator([RAIN], name="other")
    await game.use_generator(other, game.generation_settings)
    assert game.generator is other
    turn = done(await events_of(game.play(WAIT))).turn
    assert (turn.text, turn.provenance.model) == (RAIN, "other")
    assert [each.text for each in game.adventure.path()[1:]] == [ROOM, RAIN]
    await game.close()


async def test_another_model_is_refused_within_a_turn_and_can_be_waited_for(
    saves: MemorySaves,
) -> None:
    game = game_of(saves, ROOM)
    playing = game.play(LOOK)
    await anext(playing)
    with pytest.raises(InputRefused):
        await game.use_generator(ScriptedGenerator(), game.generation_settings)
    waiting = asyncio.create_task(game.wait_until_idle())
    await asyncio.sleep(0)
    assert not waiting.done()
    await events_of(playing)
    await waiting
    await game.close()
