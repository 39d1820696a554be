"""Tests of replaying saved adventures, on a scripted model."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dungeon import lore
from dungeon.chat import FormatChoice
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry
from dungeon.saves.library import Library
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Changes, Kind, Provenance, Turn, branching
from dungeon.story.edited_line import edited_line
from dungeon.story.history import Revision
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from dungeon.turns.game import Game
from dungeon.turns.replay import Outcome, ReplayedTurn, replay
from tests.dungeon.memory_saves import MemorySaves

ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
RAIN = "Rain begins on the roof. Somewhere below, a door closes with great care."
FOX = "A fox walks in as if it paid the rent. It looks at the rope, then at you."


async def played(*replies: str, prompt_format: FormatChoice = "auto") -> Adventure:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    settings = GenerationSettings(seed=7, reply_tokens=40, prompt_format=prompt_format)
    game = Game(MemorySaves(), ScriptedGenerator(replies), adventure, settings)
    for number, _ in enumerate(replies):
        async for _event in game.play(Action(Kind.DO, f"You wait for hour {number}.")):
            pass
    await game.close()
    return game.adventure


async def replayed(adventure: Adventure, *replies: str) -> list[ReplayedTurn]:
    turns = replay(adventure, ScriptedGenerator(replies), None)
    return [turn async for turn in turns]


@pytest.mark.parametrize("prompt_format", ["completion", "chat"])
async def test_replies_are_compared_with_those_that_are_saved(prompt_format: FormatChoice) -> None:
    adventure = await played(ROOM, RAIN, prompt_format=prompt_format)
    opening, room, rain = await replayed(adventure, ROOM, FOX)
    assert opening.outcome is Outcome.BY_HAND
    assert (room.outcome, room.is_same_prompt) == (Outcome.SAME, True)
    assert (rain.outcome, rain.text, rain.is_same_prompt) == (Outcome.DIFFERENT, FOX, True)


async def test_a_turn_has_the_memory_note_lore_and_state_of_its_time(tmp_path: Path) -> None:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse", memory="You row.").with_turn(opening)
    entry = LoreEntry("rope", "Rope", "It is rotten.", keys=("rope",), always=True)
    changes: tuple[Changes, ...] = (
        {"memory": "You are Zed, a thief."},
        {"note": "Be grim."},
        {"note_depth": 1},
        {"lore": lore.dump([entry])},
        {"new_state_events": ()},
        {"note": "", "memory": ""},
    )
    with Library.open(tmp_path / "adventures.db") as library:
        library.create(adventure)
        replies = [ROOM, RAIN, FOX] * len(changes)
        settings = GenerationSettings(seed=7, reply_tokens=40)
        game = Game(library, ScriptedGenerator(replies), adventure, settings)
        for number, change in enumerate((Changes(), *changes)):
            await game.revise(**change)
            async for _event in game.play(Action(Kind.DO, f"You wait for hour {number}.")):
                pass
        await game.close()
        loaded = library.load("a")
        former = library.former_values(loaded)
        turns = [each async for each in replay(loaded, ScriptedGenerator(replies), library, former)]
        fork = branching.fork(loaded, str(loaded.head), "The Fork")
        library.create(fork)
        library.revise(fork.id, memory="You are a fork.")
        forked = library.load(fork.id)
        former = library.former_values(forked)
        again = [each async for each in replay(forked, ScriptedGenerator(replies), library, former)]
        today = [each async for each in replay(loaded, ScriptedGenerator(replies), library)]
    assert [each.is_same_prompt for each in turns[1:]] == [True] * len(turns[1:])
    assert [each.is_same_prompt for each in again[1:]] == [True] * len(turns[1:])
    assert [each.is_same_prompt for each in today[1:-1]] == [False] * len(today[1:-1])


async def test_what_was_changed_while_a_reply_was_written_is_not_in_its_prompt() -> None:
    adventure = await played(ROOM)
    turn = adventure.path()[-1]
    provenance = replace(turn.provenance, milliseconds=60_000)
    slow = replace(turn, provenance=provenance)
    changed = turn.created - timedelta(seconds=30)
    later = replace(adventure, turns={**adventure.turns, slow.id: slow}, memory="You are Zed.")
    (_, one) = [
        each
        async for each in replay(
            later, ScriptedGenerator([ROOM]), None, [Revision("memory", "", changed)]
        )
    ]
    assert one.is_same_prompt


async def test_a_state_without_its_time_is_named_where_the_prompt_is_another() -> None:
    adventure = await played(ROOM)
    undated = StateEvent(
        "opening", Change(Category.ITEM, "an oar"), Decision.ACCEPTED, Source.PLAYER, None
    )
    _, room = await replayed(replace(adventure, state_events=(undated,)), ROOM)
    assert (room.is_same_prompt, room.has_undated_state) == (False, True)
    dated = replace(undated, created=adventure.path()[-1].created + timedelta(days=1))
    _, room = await replayed(replace(adventure, state_events=(dated,)), ROOM)
    assert (room.is_same_prompt, room.has_undated_state) == (True, False)


async def test_a_reply_that_was_begun_with_a_word_is_begun_with_it_again() -> None:
    adventure = await played("", " hear the rain stop.")
    turn = adventure.path()[1]
    assert (turn.text, turn.provenance.beginning) == ("You hear the rain stop.", "You")
    _, rain = await replayed(adventure.with_head(turn.id), " hear the rain stop.")
    assert (rain.outcome, rain.is_same_prompt) == (Outcome.SAME, True)


async def test_a_changed_memory_shows_as_another_prompt() -> None:
    adventure = replace(await played(ROOM), memory="You are a ferryman.")
    _, room = await replayed(adventure, ROOM)
    assert (room.outcome, room.is_same_prompt) == (Outcome.SAME, False)


async def test_replies_of_another_model_and_by_a_person_are_left_out() -> None:
    adventure = await played(ROOM, RAIN)
    opening, room, rain = adventure.path()
    edited = replace(room, provenance=replace(room.provenance, ended="edited"))
    other = replace(rain, provenance=replace(rain.provenance, model="another@00"))
    turns = {turn.id: turn for turn in (opening, edited, other)}
    outcomes = [turn.outcome for turn in await replayed(replace(adventure, turns=turns))]
    assert outcomes == [Outcome.BY_HAND, Outcome.BY_HAND, Outcome.OTHER_MODEL]


async def test_a_turn_that_an_edit_carried_over_is_asked_for_as_it_was() -> None:
    adventure = await played(ROOM, RAIN)
    room = adventure.path()[1]
    edited = replace(room, id="mine", text="It is dark.", provenance=Provenance(ended="edited"))
    adventure = edited_line(adventure, room, edited, ()).add_to(adventure)
    _, mine, rain = await replayed(adventure, RAIN)
    assert mine.outcome is Outcome.BY_HAND
    assert (rain.outcome, rain.is_same_prompt) == (Outcome.SAME, True)
    assert rain.turn == adventure.path()[2]
