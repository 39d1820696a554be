"""Present the events of a turn: what is shown when, and in which words."""

from typing import Protocol

from dungeon.generator import PrefillProgress, TextChunk
from dungeon.prose import RejectReason
from dungeon.session.turn_sounds import TurnSounds
from dungeon.story import Action, Turn
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import (
    Event,
    SameReply,
    ScriptSkipped,
    TurnCancelled,
    TurnSaved,
    TurnStarted,
)

_SLOW_PREFILL = 24
"""Tokens of a prompt that take long enough to be mentioned."""

_REJECTIONS: dict[str, str] = {
    RejectReason.LOOP: "That went in circles",
    RejectReason.ECHO: "That only said yours again",
    RejectReason.SPEAKS_FOR_PLAYER: "That spoke for you",
    RejectReason.FIRST_PERSON: "That was somebody else's story",
    RejectReason.DEAD_ACT: "That woke the dead",
    RejectReason.CONTRADICTS_ROLL: "That was not what the die said",
    RejectReason.DOUBLED_WORD: "That said a word twice",
    RejectReason.SAME_REPLY: "That was the same reply again",
    RejectReason.FORBIDDEN: "That went where no story should",
}
"""Why an attempt is written again, in the story's voice."""


NOTHING_NEW = (
    "Every attempt repeated a reply that this action has already, so none is added. "
    "Try /preset wild, or another action."
)
"""Said where a retry has led to no other reply."""


def roll_notice(action: Action) -> str:
    """Return how the roll of an action came about; empty where nothing was rolled."""
    return f"({action.roll.explanation})" if action.roll else ""


class TurnView(Protocol):
    """Where a turn is shown."""

    async def begin_turn(self, action: Action) -> None:
        """Show the action, and room for the reply."""

    def show_activity(self, activity: str) -> None:
        """Show what is being done, until something else is shown."""

    def append_text(self, text: str) -> None:
        """Show the next piece of the reply."""

    async def discard_attempt(self, reason: str) -> None:
        """Take back what was shown of the reply; where that was nothing, `reason` is empty."""

    async def finish_turn(self, turn: Turn, warning: str) -> None:
        """Show the finished turn; `warning` says why it is not saved, or is empty."""

    def cancel_turn(self) -> None:
        """Take the turn back: nothing was written."""

    def show_notice(self, sentence: str) -> None:
        """Say what went wrong in a turn that is finished all the same."""


class TurnPresenter:
    """Shows one turn in a view."""

    def __init__(self, view: TurnView, sounds: TurnSounds) -> None:
        self._view = view
        self._sounds = sounds
        self._activity = "writing"
        self._notices: list[str] = []
        self.has_prompted = False
        """Whether the engine has the prompt, so that stopping it leads to an end by itself."""

    async def show(self, event: Event) -> None:
        """Show what has happened, and let it be heard."""
        self._sounds.hear(event)
        view = self._view
        match event:
            case TurnStarted(action):
                await view.begin_turn(action)
                view.show_activity("thinking")
            case PrefillProgress(done, total, cached):
                self.has_prompted = True
                if total - cached > _SLOW_PREFILL:
                    is_read = done >= total
                    view.show_activity(
                        self._activity if is_read else f"reading {done:,} of {total:,}"
                    )
            case TextChunk(text):
                self.has_prompted = True
                view.append_text(text)
                view.show_activity(self._activity)
            case AttemptRejected(reason):
                await self._discard(reason)
            case TurnSaved(turn, warning):
                await view.finish_turn(turn, warning)
                self._show_notices()
            case SameReply(turn):
                await view.finish_turn(turn, "")
                self._notices.insert(0, NOTHING_NEW)
                self._show_notices()
            case TurnCancelled():
                view.cancel_turn()
                self._show_notices()
            case ScriptSkipped(sentence):
                self._notices.append(sentence)

    async def _discard(self, reason: str) -> None:
        """Take an attempt back, and say why, but for an empty one."""
        if reason == RejectReason.EMPTY:
            await self._view.discard_attempt("")
            return
        self._activity = f"{_REJECTIONS.get(reason, 'That did not do')}; once more"
        self._view.show_activity(self._activity)
        await self._view.discard_attempt(self._activity)

    def _show_notices(self) -> None:
        """Show them after the turn, whose end would take their place."""
        if self._notices:
            self._view.show_notice(" ".join(self._notices))
