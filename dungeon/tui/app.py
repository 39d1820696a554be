"""Provides GrueApp, the game on the whole screen, and `run`, which opens it.

Paints the title first; the saves and the model are opened behind it. Knows nothing of how a story
is told: the screens do.
"""

import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from dungeon.commands import View
from dungeon.errors import GrueError, InputRefused, SavesError
from dungeon.game import Game
from dungeon.generator import Generator
from dungeon.session import LaunchOptions, Session
from dungeon.text import clean_line
from dungeon.threads import run_in_thread
from dungeon.tui.logging import configure_logging
from dungeon.tui.model_loader import ModelLoader, State
from dungeon.tui.navigation import Navigator
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.theme import GRUE, GRUE_LIGHT

if TYPE_CHECKING:
    from dungeon.saves.library import Library

LEAVE_WITHIN = 3.0
"""Seconds in which a second Ctrl+C leaves."""

_LOG = logging.getLogger("dungeon.tui")


def _offers() -> type[Provider]:
    from dungeon.tui.command_palette import CommandProvider

    return CommandProvider


class GrueApp(App[None], inherit_bindings=False):
    """One run of the game on the screen."""

    TITLE = "Grue"
    CSS_PATH = "grue.tcss"
    COMMANDS: ClassVar = {_offers}
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-narrow"),
        (76, "-medium"),
        (104, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (19, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="quit", priority=True, tooltip="Leave the game"),
        Binding("ctrl+c", "interrupt", show=False, system=True),
        Binding(
            "ctrl+p",
            "command_palette",
            "More",
            show=False,
            priority=True,
            id="palette",
            tooltip="Everything by name",
        ),
    ]

    def __init__(
        self,
        session: Session,
        start: LaunchOptions,
        generator: Generator | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`generator` stands in for the session's model; `clock` tells what time it is."""
        super().__init__()
        self.session = session
        self.clock = clock
        self._start = start
        self._given = generator
        self._interrupted: datetime | None = None
        self.engine = self._new_engine()
        self.ways = Navigator(self)
        self.refusal: InputRefused | None = None
        """Why what the command line asked for cannot be done."""

    # From the first picture on.

    def on_mount(self) -> None:
        """Show the title; open everything else once it is painted."""
        self.register_theme(GRUE)
        self.register_theme(GRUE_LIGHT)
        chosen = self.session.settings.theme
        self.theme = chosen if chosen in self.available_themes else GRUE.name
        self.theme_changed_signal.subscribe(self, lambda theme: self._keep_theme(theme.name))
        self.set_keymap(dict(self.session.settings.keys))
        self.push_screen(TitleScreen(self._start))

    async def library(self) -> "Library":
        """Return the saves, opened where they are not yet. Raises SavesError."""
        return await run_in_thread(lambda: self.session.library)

    def wake_engine(self) -> None:
        """Let the model come, beside everything else."""
        self.run_worker(self._wake(), group="engine", exclusive=True, exit_on_error=False)

    async def _wake(self) -> None:
        with suppress(GrueError):  # its state says so, and every screen shows it
            await self.engine.open()

    def _new_engine(self) -> ModelLoader:
        given = self._given
        name = given.model.name if given else clean_line(self.session.model) or "the model"
        find = (lambda _progress: given) if given else self.session.generator
        return ModelLoader(find, name, self._engine_told)

    def _engine_told(self, state: State) -> None:
        for screen in self.screen_stack:
            show = getattr(screen, "show_engine", None)
            if show is not None and screen.is_mounted:
                show(state)

    # Playing.

    def go(self, way: Coroutine[Any, Any, None]) -> None:
        """Go a way into an adventure, or out of one; where that cannot be, the player is told."""
        self.run_worker(way, group="go", exclusive=True, exit_on_error=False)

    def go_first(self, start: LaunchOptions) -> None:
        """Go where the command line wants to; where that is refused, so is the command."""
        self.go(self._go_first(start))

    async def _go_first(self, start: LaunchOptions) -> None:
        try:
            await self.ways.start(start)
        except InputRefused as error:
            self.refusal = error
            await self.action_quit()

    def open_panel(self, panel: str, argument: str = "") -> None:
        """Show a panel beside the story or the title."""
        from dungeon.tui.view_registry import open_view

        open_view(self, View(panel), argument)

    async def play(self, game: Game) -> None:
        """Show `game` in place of whatever is above the title."""
        await self.to_title()
        await self.push_screen(PlayScreen(game))

    async def to_title(self) -> None:
        """Let the game end, if one is played, and show the title."""
        while not isinstance(self.screen, TitleScreen):
            if isinstance(self.screen, PlayScreen):
                await self.screen.leave()
            await self.pop_screen()

    async def use_model(self, reference: str) -> None:
        """Play on with another model, and keep the choice. Raises GrueError."""
        playing = self.playing
        if playing is not None and playing.game.unsaved:
            raise InputRefused("Some turns are not saved yet, so the model cannot be changed now.")
        await self.engine.close()
        await self.session.use_model(reference)
        self.session.choose(model=reference)
        self._given = None
        self.engine = self._new_engine()
        self.wake_engine()
        if playing is not None:
            await playing.play_on_with(self.engine)

    @property
    def playing(self) -> PlayScreen | None:
        """The screen of the game that is being played, if there is one."""
        return next((s for s in self.screen_stack if isinstance(s, PlayScreen)), None)

    # Telling.

    def tell(self, sentence: str, *, wrong: bool = False) -> None:
        """Say `sentence` in a corner of the screen for a while."""
        if sentence:
            self.notify(sentence, severity="warning" if wrong else "information", markup=False)

    def name_terminal(self, title: str) -> None:
        """Show `title` where the terminal shows the names of its windows."""
        if self._driver is not None and not self.is_headless:
            told = f"{clean_line(title)} – Grue" if title else "Grue"
            self._driver.write(f"\x1b]2;{told}\x07")

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Put down what nobody foresaw, and tell the player where."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if isinstance(error, GrueError):
            self.tell(str(error), wrong=True)
            return
        self.log_unforeseen(error)

    def log_unforeseen(self, error: BaseException) -> None:
        """Put `error` down in the log, and tell the player that it is there."""
        configure_logging(self.session.home.log)
        _LOG.error("What nobody foresaw", exc_info=error)
        self.tell(f"Something went wrong. {self.session.home.log} says what.", wrong=True)

    # Leaving.

    def action_interrupt(self) -> None:
        """Leave at the second Ctrl+C; one alone may be a slip."""
        now = self.clock()
        if self._interrupted and (now - self._interrupted).total_seconds() <= LEAVE_WITHIN:
            self.run_worker(self.action_quit(), exit_on_error=False)
            return
        self._interrupted = now
        self.tell("Press Ctrl+C again to leave. Everything is saved.")

    async def action_quit(self) -> None:
        """Let what is being written be kept, then leave."""
        if self.playing is not None:
            await self.playing.leave()
        await self.engine.close()
        with suppress(GrueError):
            await self.session.close()
        self.exit()

    # The palette.

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette offers on every screen, beside the game's own commands."""
        yield SystemCommand("Theme", "Choose the colours", self.action_change_theme)
        if not isinstance(screen, PlayScreen):  # which has its own
            yield SystemCommand("Leave", "Close the game; it is saved", self.action_quit)

    def _keep_theme(self, name: str) -> None:
        if name == self.session.settings.theme:
            return
        try:
            self.session.choose(theme=name)
        except (InputRefused, SavesError) as error:
            self.tell(str(error), wrong=True)


def run(session: Session, start: LaunchOptions) -> None:
    """Open the game on the whole screen; return when the player leaves.

    Raises InputRefused where there is no such start.
    """
    app = GrueApp(session, start)
    app.run()
    if app.refusal is not None:
        raise app.refusal
