"""Tests of the preference pairs that are read from play."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.saves.library import Library
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Provenance, Turn
from dungeon.story.edited_line import edited_line
from dungeon.turns import preferences
from dungeon.turns.game import Game
from dungeon.turns.preferences import LeftOut, Report
from dungeon.turns.turn_events import Event

MODEL = Provenance(model="smol@abc", ended="sentence")
OPENING = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def reply(id_: str, text: str = "", *, parent: str = "opening", ended: str = "sentence") -> Turn:
    provenance = Provenance(ended=ended) if ended == "edited" else replace(MODEL, ended=ended)
    text = text or f"The {id_} lies still."
    return Turn(id_, parent, Kind.DO, "You look.", text, provenance, created=LONG_AGO)


def next_turn(parent: str) -> Turn:
    return Turn(f"after-{parent}", parent, Kind.DO, "You wait.", "Rain begins.", MODEL)


def played(*turns: Turn) -> Adventure:
    """Return an adventure with these turns, the player at the last one."""
    adventure = Adventure("a", "The Boathouse").with_turn(OPENING)
    for turn in turns:
        adventure = adventure.with_turn(turn)
    return adventure


def found(adventure: Adventure) -> tuple[list[tuple[str, str, str]], Report]:
    """Return kind, chosen and rejected of every pair, and the report."""
    report = Report()
    pairs = preferences.compare_replies(adventure, report)
    return [(each.kind.value, each.chosen.id, each.rejected.id) for each in pairs], report


def test_a_retry_prefers_the_reply_that_was_played_on_from() -> None:
    pairs, _ = found(played(reply("rope"), reply("oar"), reply("net"), next_turn("net")))
    assert pairs == [("retry", "net", "rope"), ("retry", "net", "oar")]


def test_a_choice_counts_where_its_turn_was_carried_over_by_an_edit() -> None:
    story = played(reply("rope"), reply("oar"), next_turn("rope"))
    line = edited_line(story, OPENING, replace(OPENING, id="mine", text="You wake."), ())
    pairs, _ = found(line.add_to(story))
    assert pairs == [("retry", "rope", "oar")]


def test_an_edit_prefers_the_edited_text() -> None:
    edited = reply("oar", ended="edited")
    pairs, _ = found(played(reply("net"), reply("rope"), edited, next_turn("oar")))
    assert pairs == [("retry", "oar", "net"), ("edit", "oar", "rope")]


def test_an_edit_that_was_edited_again_compares_with_the_reply_of_the_model() -> None:
    first, second = reply("oar", ended="edited"), reply("net", ended="edited")
    pairs, report = found(played(reply("rope"), first, second, next_turn("net")))
    assert pairs == [("edit", "net", "rope")]
    assert report.left_out == {LeftOut.NOT_A_REPLY: 1}


def test_an_undone_branch_that_was_replaced_is_rejected() -> None:
    pairs, _ = found(played(reply("rope"), next_turn("rope"), reply("oar"), next_turn("oar")))
    assert pairs == [("undo", "oar", "rope")]


def test_a_branch_that_was_undone_for_another_action_keeps_its_own_pairs() -> None:
    """Elsewhere than on the current line, the newest reply is the one that was kept."""
    other = replace(reply("fox"), action="You shout.")
    pairs, _ = found(played(reply("rope"), reply("oar"), next_turn("oar"), other))
    assert pairs == [("retry", "oar", "rope")]


def test_a_stopped_reply_is_rejected_when_another_followed() -> None:
    stopped = reply("rope", ended="stopped")
    pairs, _ = found(played(stopped, reply("oar"), next_turn("oar")))
    assert pairs == [("stop", "oar", "rope")]


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        pytest.param([reply("rope"), reply("oar")], LeftOut.UNANSWERED, id="never answered"),
        pytest.param(
            [reply("rope"), next_turn("rope"), reply("oar")], LeftOut.UNANSWERED, id="not yet"
        ),
        pytest.param(
            [reply("rope", "A  rope. "), reply("oar", "a rope."), next_turn("oar")],
            LeftOut.IDENTICAL,
            id="identical",
        ),
        pytest.param(
            [reply("rope"), reply("oar", ended="stopped"), next_turn("oar")],
            LeftOut.INCOMPLETE,
            id="a stopped reply was kept",
        ),
        pytest.param(
            [reply("rope", ended="interrupted"), reply("oar"), next_turn("oar")],
            LeftOut.NOT_A_REPLY,
            id="the game ended",
        ),
        pytest.param(
            [reply("rope", ended="refused"), reply("oar"), next_turn("oar")],
            LeftOut.NOT_A_REPLY,
            id="the content rule",
        ),
        pytest.param(
            [reply("rope", ended="edited"), reply("oar"), next_turn("oar")],
            LeftOut.NOT_A_REPLY,
            id="a person wrote it",
        ),
    ],
)
def test_what_is_no_pair_is_counted(turns: list[Turn], reason: LeftOut) -> None:
    pairs, report = found(played(*turns))
    assert pairs == []
    assert report.left_out == {reason: 1}
    assert f"1 {reason}" in report.nothing_found()


def test_an_edited_action_is_no_pair() -> None:
    other = replace(reply("oar"), action="You look up.")
    pairs, report = found(played(reply("rope"), other, next_turn("oar")))
    assert (pairs, report.left_out.total()) == ([], 0)


# The file -----------------------------------------------------------------------------------------


async def finish(events: AsyncGenerator[Event, None]) -> None:
    async for _ in events:
        pass


async def test_the_prompt_is_the_one_that_the_game_built(tmp_path: Path) -> None:
    """Also where the memory changed afterwards, and where earlier turns no longer fitted."""
    sentences = [f"The {w} door opens on {w} stone, {w} sand and {w} rope." for w in "abcdefghijkl"]
    generator = ScriptedGenerator(sentences, context_length=140)
    adventure = replace(played(), memory="A fox owes you money.", note="Be brief.")
    with Library.open(tmp_path / "saves.db", back_up=False) as library:
        library.create(adventure)
        game = Game(library, generator, adventure, GenerationSettings(seed=1, reply_tokens=20))
        for _ in range(5):
            await finish(game.play(Action(Kind.DO, "You go up.")))
        prompts = [request.prompt for request in generator.requests if request.max_tokens > 1]
        await finish(game.retry())
        await finish(game.play(Action(Kind.DO, "You go down.")))
        await game.revise(memory="The fox has paid.", note="Be long.")
        await game.close()
        report = Report()
        [pair] = await preferences.read_pairs(library.load("a"), library, report)
    assert pair.prompt == prompts[-1]
    assert "You wake in a boathouse." not in pair.prompt
    assert "A fox owes you money." in pair.prompt
    line = pair.to_dict()
    assert line["chosen"].startswith("\n\nThe ")
    assert (line["kind"], line["adventure"], line["chosen_model"]) == ("retry", "a", "scripted")
    assert str(report).startswith("1 pair (1 retry). They hold your actions")


async def test_since_takes_pairs_by_their_chosen_reply(tmp_path: Path) -> None:
    adventure = played(reply("rope"), reply("oar"), next_turn("oar"))
    with Library.open(tmp_path / "saves.db", back_up=False) as library:
        library.create(adventure)
        for since, count in ((LONG_AGO, 1), (LONG_AGO + timedelta(seconds=1), 0)):
            pairs = await preferences.read_pairs(adventure, library, Report(), since)
            assert len(pairs) == count


async def test_the_prompt_has_the_memory_with_which_the_reply_was_asked_for(tmp_path: Path) -> None:
    """A player may change it while the reply is written: here half a minute before its end."""
    rejected = replace(
        reply("rope"),
        provenance=replace(MODEL, milliseconds=60_000),
        created=datetime.now(UTC) + timedelta(seconds=30),
    )
    adventure = replace(played(rejected, reply("oar"), next_turn("oar")), memory="You are Zed.")
    with Library.open(tmp_path / "saves.db", back_up=False) as library:
        library.create(adventure)
        library.revise("a", memory="You are Rowan.")
        [pair] = await preferences.read_pairs(library.load("a"), library, Report())
    assert pair.prompt.startswith("You are Zed.")
