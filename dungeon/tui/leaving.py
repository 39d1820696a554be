"""Leave: the app, or the game for another one. What is not saved is not left without a word."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TypeVar

from textual.app import App
from textual.screen import Screen
from textual.widget import AwaitMount
from textual.worker import Worker

from dungeon.errors import GrueError
from dungeon.session import Session
from dungeon.session.turn_sounds import TurnSounds
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.choice_dialog import ChoiceDialog
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.play import PlayScreen

Answer = TypeVar("Answer")

INTERRUPT_WITHIN = 3.0
"""Seconds in which a second Ctrl+C leaves."""

TRY_AGAIN = "Try again to save"

TURNS_LOST = 1
"""The exit code where the player has left a game without turns that could not be saved."""


class Leaving:
    """Saves what is being written, and closes what the player leaves."""

    def __init__(
        self,
        app: App[None],
        session: Session,
        sounds: TurnSounds,
        now: Callable[[], datetime],
        playing: Callable[[], PlayScreen | None],
    ) -> None:
        """`playing` returns the screen of the game that is being played, if there is one."""
        self._app = app
        self._session = session
        self._sounds = sounds
        self._now = now
        self._playing = playing
        self._worker: Worker[None] | None = None
        self._interrupted: datetime | None = None
        self._exit_code = 0
        self._is_asking = False
        self._closing = asyncio.Lock()
        """Held while a game is closed: two ways out of it ask no question twice."""
        self._refused = 0
        """How often the player has stayed."""
        self._left: PlayScreen | None = None
        """The game that was closed last, as its screen, which may still be on the stack."""

    def interrupt(self) -> None:
        """Quit at the second Ctrl+C; one alone may be a slip."""
        now = self._now()
        if self._interrupted and (now - self._interrupted).total_seconds() <= INTERRUPT_WITHIN:
            self.quit()
            return
        self._interrupted = now
        play = self._playing()
        is_saved = not (self._has_unsaved_words() or (play is not None and play.game.unsaved))
        saved = " Everything is saved." if is_saved else ""
        self._app.notify(f"Press Ctrl+C again to leave.{saved}")

    def quit(self) -> None:
        """Let what is being written be saved, then quit, in a worker that may ask."""
        if self._worker is None or self._worker.is_finished:
            self._worker = self._app.run_worker(self._quit(), group="quit", exit_on_error=False)

    async def _quit(self) -> None:
        if not await self._give_up_words() or not await self.leave_game():
            return
        await self._sounds.close()
        with suppress(GrueError):
            await self._session.close()
        screen = self._app.screen
        await AwaitMount(screen, [screen])  # one that opens would find its widgets gone
        self._app.exit(return_code=self._exit_code)

    def _has_unsaved_words(self) -> bool:
        """Whether an editor is open, with words in it that are saved nowhere."""
        screens = self._app.screen_stack
        return any(isinstance(each, GrueScreen) and each.has_unsaved_words for each in screens)

    async def _give_up_words(self) -> bool:
        """Return whether the words in open editors may be lost; ask where there are any."""
        if not self._has_unsaved_words():
            return True
        question = "Leave the game without keeping what you wrote?"
        return await self._ask(ConfirmDialog(question, yes="Leave", no="Write on"))

    async def leave_game(self) -> bool:
        """Save and close the game, if one is played. Where turns of it cannot be saved, the player
        says what to do; return False where that is to stay. To be called in a worker.
        """
        if self._is_asking:  # the key is pressed again in the dialog
            return False
        refused = self._refused
        async with self._closing:
            play = self._playing()
            if play is None or play is self._left:
                return True
            if self._refused > refused:
                return False
            try:
                is_closed = await self._close(play)
            except asyncio.CancelledError:  # another way into a game was taken meanwhile
                await self._go_on(play)
                raise
            self._left = play if is_closed else None
            return is_closed

    @asynccontextmanager
    async def leaving_game(self) -> AsyncIterator[bool]:
        """Leave the game as `leave_game` does, for what the block stores to be played next; where
        that cannot be stored, the game goes on.
        """
        exit_code = self._exit_code
        is_left = await self.leave_game()
        try:
            yield is_left
        except BaseException:
            play, self._left = self._left, None
            if play is not None and play is self._playing():
                self._exit_code = exit_code
                await self._go_on(play)
            raise

    async def _go_on(self, play: PlayScreen) -> None:
        """Go on with a game that was to be left, unless the app ends."""
        if self._app.is_running and play.is_attached:
            await play.stay()

    async def _close(self, play: PlayScreen) -> bool:
        """Close a game; return False where it is to go on."""
        refusal = await play.leave()
        while play.game.unsaved:
            answer = await self._ask(_unsaved_dialog(play.game.unsaved, refusal))
            if answer is None:
                self._refused += 1
                await play.stay()
                return False
            if answer != TRY_AGAIN:
                self._exit_code = TURNS_LOST
                return True
            refusal = await play.leave()
        return True

    async def _ask(self, dialog: Screen[Answer]) -> Answer:
        """Return the player's answer. Whatever else would leave the game meanwhile does not."""
        self._is_asking = True
        try:
            return await self._app.push_screen_wait(dialog)
        finally:
            self._is_asking = False


def _unsaved_dialog(unsaved: int, refusal: str) -> ChoiceDialog:
    """Return the question about turns that are not saved; no answer is that the game goes on."""
    turns = "turn" if unsaved == 1 else f"{unsaved} turns"
    choices = (TRY_AGAIN, f"Leave, and lose the last {turns}")
    return ChoiceDialog(f"Leave without the last {turns}?", choices, TRY_AGAIN, refusal)
