"""Go from screen to screen: into a game, by every way there is, and back to the title."""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from textual.app import App
from textual.screen import Screen
from textual.worker import Worker

from dungeon import scenarios
from dungeon.errors import SavesDamaged
from dungeon.session import Session
from dungeon.session.launcher import Launcher, LaunchOptions
from dungeon.session.saved_adventures import find_adventure
from dungeon.session.search_view import find_hit
from dungeon.story import Adventure, Question, Scenario, branching
from dungeon.threads import run_in_thread
from dungeon.tui.screens.choice_dialog import ChoiceDialog
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.turns.game import Game

Answer = TypeVar("Answer")


class Screens(Protocol):
    """The stack of screens, as far as a way into a game changes it."""

    @property
    def game(self) -> Game | None:
        """The game that is being played, if there is one."""

    async def show_game(self, game: Game) -> bool:
        """Show a game in place of whatever is above the title, as `show_title` does."""

    async def show_turn(self, turn_id: str) -> None:
        """Show a turn of the game among its branches, in place of whatever is above the game."""

    async def show_title(self) -> bool:
        """Close the game, if one is played, and whatever is above the title; return False where the
        player stays in the game, since turns of it cannot be saved.
        """

    def leaving_game(self) -> AbstractAsyncContextManager[bool]:
        """Leave the game, if one is played, for what the block does in its place; gives False where
        the player stays in it. Where the block raises, the game goes on.
        """


class Navigator:
    """Starts each way in a worker of the app, which reports its GrueErrors to the player."""

    def __init__(self, app: App[None], session: Session, screens: Screens) -> None:
        self._app = app
        self._session = session
        self._screens = screens
        self._launcher = Launcher(session, self, screens.leaving_game)
        self._worker: Worker[object] | None = None
        self._dialog: Screen[Any] | None = None
        """The one that the worker waits for."""

    def continue_latest(self) -> None:
        """Resume the adventure played last, or begin one at once."""
        self._launch(self._launcher.continue_latest)

    def begin_named(self, name: str) -> None:
        """Begin with the scenario of that name."""
        self._launch(lambda: self._launcher.begin_named(name))

    def begin_randomly(self) -> None:
        """Begin at once with a random scenario."""
        self._launch(self._launcher.begin_randomly)

    def begin(self, scenario: Scenario) -> None:
        """Begin with `scenario`, after its questions."""
        self._launch(lambda: self._launcher.begin(scenario))

    def resume(self, adventure_id: str, turn_id: str = "") -> None:
        """Resume a saved adventure, and show where the turn `turn_id` stands, if one is given."""
        self.start(self._resume(adventure_id, turn_id))

    async def _resume(self, adventure_id: str, turn_id: str = "") -> None:
        game = self._screens.game
        if game is not None and game.adventure.id == adventure_id:
            if turn_id in game.adventure.turns:  # the game as it is, with the line half typed in it
                await self._screens.show_turn(turn_id)
                return
            if not await self._screens.show_title():  # which saves its turns; they are read then
                return
        await self.enter(self._launcher.resume(adventure_id), turn_id)

    def begin_stored(self, adventure: Adventure, message: str) -> None:
        """Store an adventure that is not a scenario's, such as a fork, play it, and say `message`.

        This happens in a worker of the app: the screen that asks for it may be left meanwhile.
        """

        async def begin() -> None:
            if await self.enter(self._launcher.store(adventure)):
                self._app.notify(message, markup=False)

        self.start(begin())

    def resume_named(self, named: str) -> None:
        """Resume the saved adventure whose id or title is, or begins with, `named`."""

        async def resume() -> None:
            found = await run_in_thread(lambda: find_adventure(self._session.library, named))
            await self._resume(found.id)

        self.start(resume())

    def open_found(self, number: str) -> None:
        """Show a turn that the last search has found, in its adventure."""

        async def resume() -> None:
            hit = find_hit(self._session.found, number)
            await self._resume(hit.adventure_id, hit.turn_id)

        self.start(resume())

    async def launch(self, options: LaunchOptions) -> None:
        """Go where the command line asked to. Raises GrueError."""
        await self.enter(self._launcher.launch(options), options.turn)

    async def enter(self, launching: Awaitable[Game | None], turn_id: str = "") -> bool:
        """Show the game that `launching` leads to, unless the player gives up on the way, and the
        turn whose id begins with `turn_id`, if one is given; return whether the game is shown.

        Raises GrueError.
        """
        game = await launching
        if game is None:
            return False
        turn = branching.find_by_id(game.adventure, turn_id) if turn_id else None
        if not await self._screens.show_game(game):
            return False
        if turn is not None:
            await self._screens.show_turn(turn.id)
        return True

    def _launch(self, way: Callable[[], Awaitable[Game | None]]) -> None:
        """Start a way into a game, unless one is between two of its questions or storing its game.

        The screen below its dialogs has the keys then, and a second Enter means no other game.
        """
        if self._worker is None or self._worker.is_finished or self._dialog is not None:
            self.start(self.enter(way()))

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Run `work` in a worker, in place of what was started before."""
        self._worker = self._app.run_worker(
            work, group="navigation", exclusive=True, exit_on_error=False
        )

    # Dialogs.

    async def ask(self, scenario: Scenario, question: Question, position: str) -> str | None:
        """Ask one of a scenario's questions."""
        about = f"{scenarios.preview(scenario).title}, {position}"
        if question.choices:
            choice = ChoiceDialog(question.question, question.choices, question.default, about)
            return await self._wait_for(choice)
        return await self._wait_for(InputDialog(question.question, question.default, about))

    async def confirm_damaged(self, damage: SavesDamaged) -> bool:
        """Ask whether to open what can still be read."""
        question = "Open what can still be read of it?"
        return await self._wait_for(ConfirmDialog(question, str(damage), yes="Open"))

    async def _wait_for(self, dialog: Screen[Answer]) -> Answer:
        self._dialog = dialog
        try:
            return await self._app.push_screen_wait(dialog)
        finally:
            if self._dialog is dialog:  # not that of a worker started in place of this one
                self._dialog = None
