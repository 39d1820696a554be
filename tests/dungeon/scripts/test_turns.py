"""What scripts do to a turn: in a game on a scripted model, with saves in memory."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dungeon.commands.provenance import describe
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.scripts import Keep, LoadedScript, PromptParts, Script
from dungeon.scripts.active import ActiveScripts
from dungeon.scripts.library import ScriptLibrary
from dungeon.scripts.record import parse, state_at
from dungeon.settings.generation import GenerationSettings
from dungeon.story import CONTINUE, Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.replay import Outcome, replay
from dungeon.turns.turn_events import ScriptSkipped, TurnSaved, TurnStarted
from tests.dungeon.memory_saves import MemorySaves
from tests.rows import every_row

LOOK = Action(Kind.DO, "You look.")
ROOM = "The room is low and smells of tar."
RAIN = "Rain begins on the roof."


@pytest.fixture
def saves() -> MemorySaves:
    return MemorySaves()


@pytest.fixture
def never() -> Iterator[threading.Event]:
    """Return an event that is set only once the test is over, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()


class FixedScripts(ScriptLibrary):
    """Has these scripts on, whatever files there are."""

    def __init__(self, scripts: dict[str, Script], seconds: float = 60) -> None:
        super().__init__()
        self._fixed = [LoadedScript(name, scripts[name], "ab" * 32) for name in sorted(scripts)]
        self._seconds = seconds

    def activate(self) -> ActiveScripts:
        return ActiveScripts(self._fixed, call_seconds=self._seconds)


def game_of(saves, scripts, *replies, seconds=60.0, **fields) -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = replace(Adventure("a", "The Boathouse").with_turn(opening), **fields)
    library = FixedScripts(scripts, seconds)
    generator = ScriptedGenerator(replies)
    return Game(saves, generator, adventure, GenerationSettings(seed=7), scripts=library)


async def played(stream) -> tuple[Turn, list]:
    events = [event async for event in stream]
    assert isinstance(events[-1], TurnSaved)
    return events[-1].turn, events


async def test_every_hook_changes_its_part_and_the_turn_says_so(saves):
    seen = []

    def on_context(parts, turn):
        seen.append((turn.number, turn.kind, turn.action, turn.story[-1].text))
        return PromptParts(parts.memory, f"{parts.note} It rains.")

    scripts = {
        "a-politely": Script("Asks politely.", on_input=lambda text, turn: text + " Please."),
        "b-weather": Script("Rains.", on_context=on_context),
        "c-count": Script(
            "Counts.",
            on_output=lambda text, turn: Keep({"n": turn.state.get("n", 0) + 1}, text + " Drip."),
        ),
    }
    game = game_of(saves, scripts, ROOM, note="Be brief.")
    turn, events = await played(game.play(LOOK))
    assert events[0] == TurnStarted(Action(Kind.DO, "You look. Please."))
    assert (turn.action, turn.text) == ("You look. Please.", f"{ROOM} Drip.")
    assert (2, "do", "You look. Please.", "You wake in a boathouse.") in seen
    assert "Be brief. It rains." in game.generator.requests[0].prompt
    assert game.adventure.note == "Be brief."
    said = describe(turn.provenance)
    assert "The script a-politely (abababababab) changed the action." in said
    assert "You sent: “You look.”" in said
    assert "The model was told as note: “Be brief. It rains.”" in said
    assert f"The model had written: “{ROOM}”" in said
    assert "Kept with this turn by: c-count." in said
    (replayed,) = [
        each async for each in replay(game.adventure, ScriptedGenerator([ROOM]), None)
        if each.number == 2
    ]  # fmt: skip
    assert (replayed.outcome, replayed.is_same_prompt) == (Outcome.SAME, True)
    await game.close()


async def test_what_a_script_keeps_belongs_to_the_branch(saves):
    count = Script("Counts.", on_output=lambda text, turn: Keep({"n": turn.state.get("n", 0) + 1}))
    game = game_of(saves, {"count": count})
    counts = lambda: state_at(game.adventure.path(), "count").get("n")  # noqa: E731
    for _ in range(2):
        await played(game.play(LOOK))
    assert counts() == 2
    await game.undo()
    assert counts() == 1
    await played(game.play(CONTINUE))
    assert counts() == 2
    await game.edit_reply("The reply, by hand.")
    assert counts() == 2
    await played(game.retry())
    assert counts() == 2
    await game.close()


async def test_a_continuation_written_ahead_is_recorded_like_any_other(saves, monkeypatch):
    monkeypatch.setattr("dungeon.turns.written_ahead.is_on_battery", lambda: False)
    rain = Script("Rains.", on_context=lambda parts, turn: PromptParts("", "It rains."))
    game = game_of(saves, {"rain": rain})
    game.generation_settings = replace(game.generation_settings, write_ahead=True)
    game.prefetch()
    await game.wait_for_prefetch()
    turn, _ = await played(game.play(CONTINUE))
    assert parse(turn.provenance.scripts).told == {"note": "It rains."}
    await game.close()


def raising(value, turn):
    raise LookupError("no \x1b[31msuch key")


def leaving(value, turn):
    raise SystemExit(3)


class Rubbish:
    """What raises whatever is done with it."""

    def __eq__(self, other):
        raise LookupError("no comparison")

    def keys(self):
        raise LookupError("no keys")


def changing(value, turn):
    turn.settings["x"] = 1


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (raising, "raised LookupError (no [31msuch key)"),
        (leaving, "raised SystemExit (3)"),
        (changing, "raised TypeError"),
        (lambda value: value, "raised TypeError"),
        (lambda value, turn: 5, "returned a value of type int"),
        (lambda value, turn: Rubbish(), "returned a value of type Rubbish"),
        (lambda value, turn: Keep(Rubbish()), "raised LookupError (no keys)"),
        (lambda value, turn: "\u200b ", "returned an empty"),
        (lambda value, turn: "x" * 20_001, "of more than 20,000 characters"),
        (lambda value, turn: Keep({"a": {1, 2}}, "New."), "cannot be written as JSON"),
        (lambda value, turn: Keep({"a": float("nan")}), "cannot be written as JSON"),
        (lambda value, turn: Keep({"a": "x" * 5000}), "a state of more than 4,096"),
        (lambda value, turn: Keep(5), "cannot be written as JSON"),
    ],
)
@pytest.mark.parametrize("which", ["on_input", "on_output"])
async def test_a_hook_that_fails_is_named_and_skipped_and_the_turn_is_kept(
    saves, hook, reason, which
):
    """Its other hooks are skipped in this turn as well, and every other script is called."""
    other = {"on_input": "on_output", "on_output": "on_input"}[which]
    bad = Script("Fails.", **{which: hook, other: lambda text, turn: None})
    good = Script("Works.", on_output=lambda text, turn: f"{text} Good.")
    game = game_of(saves, {"bad": bad, "good": good}, ROOM)
    turn, events = await played(game.play(LOOK))
    assert (turn.action, turn.text) == (LOOK.text, f"{ROOM} Good.")
    (skipped,) = [event.sentence for event in events if isinstance(event, ScriptSkipped)]
    assert skipped.startswith("The script bad ")
    assert reason in skipped
    assert skipped.endswith("; it is skipped for this turn.")
    assert saves.turns == [turn]
    await game.close()


@pytest.mark.parametrize(
    "answer", ["It rains.", ("", ""), PromptParts(5, ""), PromptParts("", "x" * 20_001)]
)
async def test_what_is_no_prompt_is_not_told(saves, answer):
    bad = Script("Fails.", on_context=lambda parts, turn: answer)
    game = game_of(saves, {"bad": bad}, ROOM, note="Be brief.")
    turn, events = await played(game.play(LOOK))
    assert "Be brief." in game.generator.requests[0].prompt
    assert turn.provenance.scripts == ""
    assert any(isinstance(event, ScriptSkipped) for event in events)
    await game.close()


async def test_a_hook_that_hangs_is_left_behind_and_not_called_again_before_it_ends(saves, never):
    calls = []

    def hang(value, turn):
        calls.append(turn.number)
        never.wait()
        return "Too late."

    game = game_of(saves, {"bad": Script("Hangs.", on_output=hang)}, ROOM, RAIN, seconds=0.02)
    turn, events = await played(game.play(LOOK))
    assert turn.text == ROOM
    assert [event.sentence for event in events if isinstance(event, ScriptSkipped)] == [
        "The script bad did not answer within 0.02 s; it is skipped for this turn."
    ]
    turn, events = await played(game.play(LOOK))
    assert turn.text == RAIN
    assert any("still busy" in e.sentence for e in events if isinstance(e, ScriptSkipped))
    assert calls == [2]
    await game.close()


async def test_a_window_that_closes_during_a_hook_loses_no_turn(saves, never):
    called = threading.Event()

    def hang(value, turn):
        called.set()
        never.wait()

    game = game_of(saves, {"slow": Script("Hangs.", on_output=hang)}, ROOM)
    playing = asyncio.create_task(played(game.play(LOOK)))
    await asyncio.to_thread(called.wait)
    playing.cancel()
    await asyncio.wait([playing])
    (turn,) = saves.turns
    assert (turn.text, turn.provenance.ended) == (ROOM, "interrupted")
    await game.close()


async def test_text_of_a_script_is_cleaned_and_stays_within_the_content_rule(saves):
    hostile = Script(
        "Is hostile.",
        on_input=lambda text, turn: "You look\x1b[2J.\nTwice.",
        on_output=lambda text, turn: "A \u202ereply\x07.",
    )
    game = game_of(saves, {"hostile": hostile}, ROOM)
    turn, _ = await played(game.play(LOOK))
    assert (turn.action, turn.text) == ("You look[2J. Twice.", "A reply.")
    await game.close()


async def test_an_action_that_is_played_again_is_not_changed_again(saves):
    twice = Script("Repeats.", on_input=lambda text, turn: f"{text} {text}")
    game = game_of(saves, {"twice": twice}, ROOM, RAIN)
    await played(game.play(LOOK))
    turn, _ = await played(game.retry())
    assert turn.action == "You look. You look."
    assert saves.drafts[0].action == "You look."
    await game.close()


@every_row(
    "stored",
    ["{", "[]", '{"changes":5}', '{"states":{"a":5},"told":[],"before":{"reply":1}}', "[" * 9999],
)
def test_a_record_of_a_foreign_file_is_read_as_far_as_it_goes(stored):
    assert parse(stored).dump() == ""
