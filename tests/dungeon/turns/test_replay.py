"""Tests of replaying saved adventures, on a scripted model."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from dungeon import lore
from dungeon.chat import FormatChoice
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.lore import LoreEntry
from dungeon.prompt import settings_record
from dungeon.saves.library import Library
from dungeon.settings.generation import GenerationSettings
from dungeon.story import (
    Action,
    Adventure,
    Changes,
    Kind,
    Provenance,
    StorySummary,
    Turn,
    branching,
)
from dungeon.story.edited_line import edited_line
from dungeon.story.history import Revision
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from dungeon.transfer import grue_json
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


def long_story(count: int = 24) -> Adventure:
    """Return a story of which the older half no longer fits 512 tokens."""
    adventure = Adventure("a", "The Boathouse", note="Be grim.", note_depth=2)
    for number in range(count):
        kind = Kind.DO if number else Kind.OPENING
        thing = ("anchor", "barrel", "candle", "dagger")[number % 4]
        text = f"A {thing} stands here. " + f"You pass wall {number}, and it says nothing. " * 4
        parent = f"t{number - 1}" if number else None
        action = f"You look at the {thing}." if number else ""
        adventure = adventure.with_turn(Turn(f"t{number}", parent, kind, action, text))
    summary = StorySummary("s1", "t20", "t8", "You have passed many walls.")
    event = StateEvent(
        "t2", Change(Category.ITEM, "an oar"), Decision.ACCEPTED, Source.PLAYER, None
    )
    return replace(adventure, summaries=(summary,), state_events=(event,))


SETTINGS = GenerationSettings(seed=7, reply_tokens=20)
CHANGED = (
    SETTINGS,
    replace(SETTINGS, retrieval=False),
    replace(SETTINGS, summary="extractive"),
    replace(SETTINGS, summary="extractive", retrieval=False),
    replace(SETTINGS, state="off"),
    replace(SETTINGS, state_line="all", prompt_format="chat"),
    replace(SETTINGS, sampling=replace(SETTINGS.sampling, guidance=1.5)),
)


async def test_every_turn_has_the_settings_of_its_time(tmp_path: Path) -> None:
    """Also without the search, which may find others by then, and in an import, for which the saves
    have no earlier values.
    """
    with Library.open(tmp_path / "adventures.db") as library:
        library.create(long_story())
        replies = [f"{what} comes up. You stay." for what in ("Fog", "Ice", "Mud", "Ash", "Rye")]
        model = ScriptedGenerator([*replies, ROOM, RAIN], context_length=640)
        game = Game(library, model, library.load("a"), SETTINGS, turn_search=library)
        for number, settings in enumerate(CHANGED):
            game.generation_settings = settings
            action = Action(Kind.DO, f"You lift the {('anchor', 'dagger')[number % 2]} once more.")
            async for _event in game.play(action):
                pass
        await game.close()
        await game.revise(note_depth=0)
        played = library.load("a")
    context = game.context
    assert context is not None
    assert context.left_out
    written = played.path()[-len(CHANGED) :]
    recorded = [settings_record.parse(turn.provenance.settings) for turn in written]
    assert [bool(each and each.matches) for each in recorded][:2] == [True, False]
    imported = grue_json.read("a.json", grue_json.write(replace(played, note_depth=2)))
    new = ScriptedGenerator([*replies, ROOM, RAIN], context_length=640)
    turns = [each async for each in replay(imported, new, None)][-len(CHANGED) :]
    assert [each.is_same_prompt for each in turns] == [True] * len(CHANGED)
    old = [
        replace(turn, provenance=replace(turn.provenance, settings=""))
        for turn in imported.turns.values()
    ]
    without = replace(imported, turns={turn.id: turn for turn in old})
    new = ScriptedGenerator([*replies, ROOM, RAIN], context_length=640)
    turns = [each async for each in replay(without, new, None)][-len(CHANGED) :]
    assert False in [each.is_same_prompt for each in turns]


async def test_the_engine_does_before_a_turn_what_it_does_in_a_game() -> None:
    adventure = await played(ROOM)
    generator = ScriptedGenerator([RAIN, ROOM])
    turns = [each async for each in replay(adventure, generator, None, write_ahead=True)]
    assert turns[-1].outcome is Outcome.SAME
    ahead, continuation, reply = generator.requests
    assert ahead.max_tokens == 0
    assert reply.prompt.startswith(ahead.prompt)
    assert continuation.prompt != reply.prompt


async def test_a_reply_is_replayed_with_what_was_banned() -> None:
    banned = ("smells of tar",)
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    settings = replace(SETTINGS, banned_phrases=banned)
    game = Game(MemorySaves(), ScriptedGenerator([ROOM, RAIN]), adventure, settings)
    async for _event in game.play(Action(Kind.DO, "You wait.")):
        pass
    await game.close()
    (_, played) = game.adventure.path()
    found = settings_record.parse(played.provenance.settings)
    assert found is not None
    assert found.banned_phrases == banned or found.is_free
