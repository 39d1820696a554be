"""Test what a front end is asked to show for each event of a turn."""

import pytest

from dungeon.generator import PrefillProgress, TextChunk
from dungeon.session.turn_presenter import NOTHING_NEW, TurnPresenter
from dungeon.session.turn_sounds import TurnSounds
from dungeon.settings import Settings
from dungeon.story import Action, Kind, Turn
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import SameReply, TurnCancelled, TurnSaved, TurnStarted


class Calls:
    """A TurnView that notes how it was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    async def begin_turn(self, action: Action) -> None:
        self.calls.append(("begin", action.text))

    def show_activity(self, activity: str) -> None:
        self.calls.append(("activity", activity))

    def append_text(self, text: str) -> None:
        self.calls.append(("text", text))

    async def discard_attempt(self, reason: str) -> None:
        self.calls.append(("discard", reason))

    async def finish_turn(self, turn: Turn, warning: str) -> None:
        self.calls.append(("finish", turn.text, warning))

    def cancel_turn(self) -> None:
        self.calls.append(("cancel",))

    def show_notice(self, sentence: str) -> None:
        self.calls.append(("notice", sentence))


LOOK = Action(Kind.DO, "You look around.")
TURN = Turn("t", None, Kind.DO, LOOK.text, "A room.")


async def calls_for(*events) -> list[tuple[object, ...]]:
    view = Calls()
    presenter = TurnPresenter(view, TurnSounds(Settings, pytest.fail, pytest.fail))
    for event in events:
        await presenter.show(event)
    return view.calls


async def test_a_turn_is_begun_written_and_finished() -> None:
    assert await calls_for(TurnStarted(LOOK), TextChunk("A room."), TurnSaved(TURN, "Full.")) == [
        ("begin", "You look around."),
        ("activity", "thinking"),
        ("text", "A room."),
        ("activity", "writing"),
        ("finish", "A room.", "Full."),
    ]


async def test_a_reply_that_is_there_already_is_said_to_be_none() -> None:
    assert await calls_for(SameReply(TURN)) == [
        ("finish", "A room.", ""),
        ("notice", NOTHING_NEW),
    ]


async def test_only_a_slow_prefill_is_mentioned() -> None:
    assert await calls_for(PrefillProgress(10, 1200, 1190)) == []
    assert await calls_for(PrefillProgress(200, 1200)) == [("activity", "reading 200 of 1,200")]


async def test_a_discarded_attempt_says_why_until_the_turn_ends() -> None:
    reason = "That went in circles; once more"
    assert await calls_for(AttemptRejected("loop"), TextChunk("A")) == [
        ("activity", reason),
        ("discard", reason),
        ("text", "A"),
        ("activity", reason),
    ]
    assert await calls_for(AttemptRejected("empty")) == [("discard", "")]


async def test_a_cancelled_turn_is_taken_back() -> None:
    assert await calls_for(TurnCancelled(LOOK)) == [("cancel",)]
