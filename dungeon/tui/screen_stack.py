"""The stack of screens: the title, the game that is played above it, and views above both."""

from contextlib import AbstractAsyncContextManager

from textual.app import App

from dungeon.commands.effects import Effect, View
from dungeon.session import Session
from dungeon.session.model_loader import LoadState
from dungeon.tui.leaving import Leaving
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.services import Services
from dungeon.turns.game import Game


class ScreenStack:
    """Finds the game in the stack, and puts another one in its place."""

    def __init__(
        self, app: App[None], session: Session, services: Services, leaving: Leaving
    ) -> None:
        """`leaving` closes the game that is played, unless the player stays in it."""
        self._app = app
        self._session = session
        self._services = services
        self._leaving = leaving

    @property
    def play_screen(self) -> PlayScreen | None:
        """The screen of the game that is being played, if there is one."""
        return next((s for s in self._app.screen_stack if isinstance(s, PlayScreen)), None)

    @property
    def game(self) -> Game | None:
        """The game that is being played, if there is one."""
        return self.play_screen.game if self.play_screen else None

    async def show_game(self, game: Game) -> bool:
        """Show a game in place of whatever is above the title, as `show_title` does."""
        if not await self.show_title():
            return False
        await self._session.enter(game)  # and at once on the stack: a model may come any time
        await self._app.push_screen(PlayScreen(self._services, game))
        return True

    async def show_turn(self, turn_id: str) -> None:
        """Show a turn of the game among its branches, in place of whatever is above the game."""
        while not isinstance(self._app.screen, PlayScreen):
            await self._app.screen.dismiss()
        self._services.open_view(View.BRANCHES, turn_id)

    async def show_title(self) -> bool:
        """Close the game, if one is played, and whatever is above the title; return False where the
        player stays in the game, since turns of it cannot be saved.
        """
        if not await self._leaving.leave_game():
            return False
        while not isinstance(self._app.screen, TitleScreen):
            await self._app.screen.dismiss()  # so that nobody waits for the answer of a dialog
        return True

    def leaving_game(self) -> AbstractAsyncContextManager[bool]:
        """Leave the game that is played, if there is one, for what the block does in its place;
        gives False where the player stays in it. Where the block raises, the game goes on.
        """
        return self._leaving.leaving_game()

    async def carry_out(self, effect: Effect) -> None:
        """Carry out an effect in the game that is being played, if there is one."""
        if self.play_screen is not None:
            await self.play_screen.carry_out(effect)

    def set_width(self, width: int) -> None:
        """Set the width of the story that is being played, if there is one."""
        if self.play_screen is not None and self.play_screen.is_mounted:
            self.play_screen.story.set_width(width)

    def show_load_state(self, state: LoadState) -> None:
        """Show on every screen how far the loading of a model is."""
        if state.notice:
            self._app.notify(state.notice, severity="warning")
        for screen in self._app.screen_stack:
            show = getattr(screen, "show_load_state", None)
            if show is not None and screen.is_mounted:
                show(state)
