"""Leave: the app, or the game for another one. What is not saved is not left without a word."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from textual.app import App
from textual.worker import Worker

from dungeon.errors import GrueError
from dungeon.session import Session
from dungeon.session.turn_sounds import TurnSounds
from dungeon.tui.screens.choice_dialog import ChoiceDialog
from dungeon.tui.screens.play import PlayScreen

INTERRUPT_WITHIN = 3.0
"""Seconds in which a second Ctrl+C leaves."""

TRY_AGAIN = "Try again to save"


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
        self._is_asking = False

    def interrupt(self) -> None:
        """Quit at the second Ctrl+C; one alone may be a slip."""
        now = self._now()
        if self._interrupted and (now - self._interrupted).total_seconds() <= INTERRUPT_WITHIN:
            self.quit()
            return
        self._interrupted = now
        play = self._playing()
        saved = "" if play is not None and play.game.unsaved else " Everything is saved."
        self._app.notify(f"Press Ctrl+C again to leave.{saved}")

    def quit(self) -> None:
        """Let what is being written be saved, then quit, in a worker that may ask."""
        if self._worker is None or self._worker.is_finished:
            self._worker = self._app.run_worker(self._quit(), group="quit", exit_on_error=False)

    async def _quit(self) -> None:
        if not await self.leave_game():
            return
        await self._sounds.close()
        with suppress(GrueError):
            await self._session.close()
        self._app.exit()

    async def leave_game(self) -> bool:
        """Save and close the game, if one is played. Where turns of it cannot be saved, the player
        says what to do; return False where that is to stay. To be called in a worker.
        """
        play = self._playing()
        if play is None:
            return True
        if self._is_asking:  # the key is pressed again in the dialog
            return False
        refusal = await play.leave()
        while play.game.unsaved:
            answer = await self._ask(play.game.unsaved, refusal)
            if answer is None:
                await play.stay()
                return False
            if answer != TRY_AGAIN:
                return True
            refusal = await play.leave()
        return True

    async def _ask(self, unsaved: int, refusal: str) -> str | None:
        """Return the player's answer, which is None where the game is to go on."""
        turns = "turn" if unsaved == 1 else f"{unsaved} turns"
        choices = (TRY_AGAIN, f"Leave, and lose the last {turns}")
        dialog = ChoiceDialog(f"Leave without the last {turns}?", choices, TRY_AGAIN, refusal)
        self._is_asking = True
        try:
            return await self._app.push_screen_wait(dialog)
        finally:
            self._is_asking = False
