"""The app: it opens the saves and the model behind the title, and serves the screens."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import events, on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from dungeon.commands.effects import View
from dungeon.errors import GrueError, InputRefused
from dungeon.files.line_history import LineHistory
from dungeon.generator.server_detection import FoundModel
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.session.model_loader import ModelLoader
from dungeon.session.turn_sounds import TurnSounds
from dungeon.settings import Settings
from dungeon.text import clean_line
from dungeon.threads import SerialThread, run_in_thread
from dungeon.tui.appearance import Appearance
from dungeon.tui.contrast import dim_text_variables
from dungeon.tui.error_log import log_error
from dungeon.tui.key_check import key_problems
from dungeon.tui.key_queue import KeyQueue
from dungeon.tui.leaving import Leaving
from dungeon.tui.model_change import ModelChange
from dungeon.tui.navigation import Navigator
from dungeon.tui.screen_stack import ScreenStack
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.screens.title import TitleScreen
from dungeon.tui.selected_words import add_selected
from dungeon.tui.services import LONG_NOTICE
from dungeon.tui.view_registry import create_screen
from dungeon.turns.game import Game

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from dungeon.saves.library import Library


Answer = TypeVar("Answer")


def _command_provider() -> type[Provider]:
    from dungeon.tui.command_palette import CommandProvider

    return CommandProvider


class GrueApp(App[None], inherit_bindings=False):
    """One run of the game on the screen. It implements `Services`."""

    TITLE = "Grue"
    CSS_PATH = "grue.tcss"
    COMMANDS: ClassVar = {_command_provider}
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it so
        (0, "-narrow"),
        (76, "-medium"),
        (104, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (19, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="quit", priority=True,
                tooltip="Leaves; asks before anything is lost"),
        Binding("ctrl+c", "interrupt", show=False, system=True,
                tooltip="Copies what is selected; else, pressed twice, leaves"),
        Binding("ctrl+p", "command_palette", "More", show=False, priority=True, id="palette",
                tooltip="Every command and key by name"),
        Binding("f1", "show_keys", "Help", show=False, id="help",
                tooltip="Every key, those of the screen that you are on first"),
    ]  # fmt: skip

    def __init__(
        self,
        session: Session,
        options: LaunchOptions,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.key_queue = KeyQueue(self, super().on_event)
        self.session = session
        self.change_library, self.search = session.change_library, session.search
        self.home = session.home
        self.now = now
        self.refusal: InputRefused | None = None
        """Why what the command line asked for cannot be done."""
        self._options = options
        self.sounds = TurnSounds(
            lambda: session.settings,
            self.bell,
            lambda sentence: self.notify(sentence, severity="warning"),
            is_focused=lambda: self.app_focus,
        )
        self._leaving = Leaving(self, session, self.sounds, now, lambda: self.play_screen)
        self._stack = stack = ScreenStack(self, session, self, self._leaving)
        self.navigator = Navigator(self, session, stack)
        self._settings_thread = SerialThread("settings")
        self._appearance = Appearance(
            self, session, lambda name: self.change_settings(theme=name), stack.set_width
        )
        self._model_change = ModelChange(self, session, self._use_model, stack.show_load_state)
        session.model_loader.on_state = stack.show_load_state

    async def on_event(self, event: events.Event) -> None:
        """Deal with keys in the order typed, and with everything else at once."""
        await (self.key_queue.add(event) if KeyQueue.takes(event) else super().on_event(event))

    def on_mount(self) -> None:
        """Show the title; it opens everything else once it is painted."""
        self._appearance.open()
        self.set_keymap(dict(self.settings.keys))
        for problem in key_problems(self.settings.keys, type(self)):
            self.notify(problem, severity="warning", timeout=LONG_NOTICE)
        self.push_screen(TitleScreen(self))

    @on(TitleScreen.LibraryOpened)
    def _launch(self) -> None:
        """Go where the command line asked to, once."""
        options, self._options = self._options, LaunchOptions()
        if options != LaunchOptions():
            self.launch(options)
        elif self.settings.tour:
            self.open_view(View.TOUR)
            self.run_worker(self.change_settings(tour=False), exit_on_error=False)

    def launch(self, options: LaunchOptions) -> None:
        """Do what the command line asks for; where that is refused, leave, so that it fails."""
        self.navigator.start(self._launch_or_leave(options))

    async def _launch_or_leave(self, options: LaunchOptions) -> None:
        try:
            await self.navigator.launch(options)
        except InputRefused as error:
            self.refusal = error
            self.quit()

    # Services for the screens.

    @property
    def settings(self) -> Settings:
        """The player's settings."""
        return self.session.settings

    @property
    def line_history(self) -> LineHistory:
        """What the player typed, in this session and before."""
        return self.session.line_history

    @property
    def model_loader(self) -> ModelLoader:
        """The model, as far as it is loaded."""
        return self.session.model_loader

    @property
    def model_reference(self) -> str:
        """The model as the player named it; empty for the default."""
        return self.session.model

    @property
    def play_screen(self) -> PlayScreen | None:
        """The screen of the game that is being played, if there is one."""
        return self._stack.play_screen

    @property
    def game(self) -> Game | None:
        """The game that is being played, if there is one."""
        return self._stack.game

    async def library(self) -> "Library":
        """Return the saves, opened where they are not yet. Raises SavesError."""
        return await run_in_thread(lambda: self.session.library)

    async def change_settings(self, **changes: object) -> None:
        """Change settings, save them, and let them hold in the game that is being played, also
        where the screen that asks for it is left meanwhile.
        """
        await asyncio.shield(asyncio.ensure_future(self._change_settings(changes)))

    async def _change_settings(self, changes: Mapping[str, object]) -> None:
        await self._settings_thread.run(self.session.change_settings, **changes)
        if self.game is not None:
            self.session.apply_changed(changes, self.game)
        self._appearance.apply()
        if "speech" in changes:
            self.sounds.silence()

    async def find_served_models(self) -> list[FoundModel]:
        """Return the models of the model servers that run on this machine."""
        return await self.session.find_served_models()

    def load_model(self) -> None:
        """Load the model in the background."""
        self.run_worker(self._load_model(), group="load", exclusive=True, exit_on_error=False)

    async def _load_model(self) -> None:
        with suppress(GrueError):  # its state says so, and every screen shows it
            await self.model_loader.open()

    def use_model(self, reference: str) -> None:
        """Load another model in the background, then play on with it and save the choice."""
        self._model_change.start(reference)

    @property
    def is_changing_model(self) -> bool:
        """Whether another model is being downloaded or loaded."""
        return self._model_change.is_under_way

    def cancel_model_change(self) -> None:
        """End the download or the loading of another model."""
        self._model_change.cancel()

    def measure_speed(self) -> None:
        """Measure in the background how fast the default model writes here."""
        self.run_worker(self._measure_speed(), group="speed", exclusive=True, exit_on_error=False)

    async def _measure_speed(self) -> None:
        from dungeon.session.speed_test import run_default_speed_test

        self.notify("Measuring for ten seconds how fast the default model writes…")
        self.notify(await run_default_speed_test(self.home))
        self._stack.show_load_state(self.model_loader.state)

    async def _use_model(self, reference: str, loader: ModelLoader) -> None:
        while (play := self.play_screen) is not None and play.is_writing:
            await play.wait_until_idle()  # it may be left for another game meanwhile
        if play is None:
            await self.session.use_model(reference, loader)
        else:
            await self.session.replace_model(play.game, reference, loader)
            if play.is_attached:
                play.update_status()
        await self.change_settings(model=reference)
        self.notify(f"{self.model_loader.model.name} tells the story now.")

    def open_view(self, view: View, argument: str = "") -> None:
        """Show a view beside the story or the title."""
        match view:
            case View.TITLE:
                self.navigator.start(self._stack.show_title())
            case View.RANDOM:
                self.navigator.begin_randomly()
            case View.THEMES:
                self.search_themes()
            case View.NEW if argument:
                self.navigator.begin_named(argument)
            case View.LOAD if argument:
                self.navigator.resume_named(argument)
            case View.FOUND:
                self.navigator.open_found(argument)
            case _:
                if view is View.LORE:
                    argument = add_selected(self.screen, argument)
                screen = create_screen(view, argument, self, self._stack.carry_out)
                if screen is not None:
                    self.push_screen(screen)

    async def push_screen_wait(  # type: ignore[override]  # no screen has a name here
        self, screen: Screen[Answer], *, mode: str | None = None
    ) -> Answer:
        """Return what a dialog is answered with. Where the worker that waits for it is cancelled,
        the dialog closes, and whatever stands above it: nobody would take the answer.
        """
        try:
            return await super().push_screen_wait(screen, mode=mode)
        except asyncio.CancelledError:
            stack = self.screen_stack if self.is_running else []
            if screen in stack:
                for each in reversed(stack[stack.index(screen) :]):
                    each.dismiss()
            raise

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: "SeverityLevel" = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Show a sentence in a corner of the screen for a while, never as markup by default."""
        if message:
            super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def get_css_variables(self) -> dict[str, str]:
        """Return the colours of the theme, with dim text that is readable in every theme."""
        variables = super().get_css_variables()
        variables |= dim_text_variables(self.current_theme, variables)
        self.theme_variables = variables
        return variables

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let no cursor blink where nothing is to move, Textual's own inputs included."""
        self._appearance.calm(event.widget)

    def set_terminal_title(self, title: str) -> None:
        """Show the adventure's title as the title of the terminal's window."""
        if self._driver is not None and not self.is_headless:
            text = f"{clean_line(title)} – Grue" if title else "Grue"
            self._driver.write(f"\x1b]2;{text}\x07")

    def quit(self) -> None:
        """Let what is being written be saved, then leave."""
        self._leaving.quit()

    def action_quit(self) -> None:  # type: ignore[override]  # as a worker, which may ask
        """Let what is being written be saved, then leave."""
        self.quit()

    def action_interrupt(self) -> None:
        """Leave at the second Ctrl+C; one alone may be a slip."""
        self._leaving.interrupt()

    def action_show_keys(self) -> None:
        """Show the help, with the keys of the screen on top first."""
        from dungeon.tui.screens.help import HelpScreen

        below = None if isinstance(self.screen, PlayScreen) else type(self.screen)
        self.push_screen(HelpScreen(self.settings.keys, below))

    # Errors.

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell the player why a worker failed; log what is unexpected."""
        error = event.worker.error
        if event.state is not WorkerState.ERROR or error is None:
            return
        if isinstance(error, GrueError):
            self.notify(str(error), severity="warning")
        else:
            self.log_unexpected(error)

    def log_unexpected(self, error: BaseException) -> None:
        """Log `error`, and tell the player where."""
        log_error(error, self.home.log)
        self.notify(f"Something went wrong. {self.home.log} says what.", severity="warning")

    # The palette.

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Yield what the palette offers on every screen, beside the game's commands."""
        if not isinstance(screen, PlayScreen):
            yield SystemCommand("Theme", "Choose the colours", self.search_themes)
            yield SystemCommand("Tour", "How to play", lambda: self.open_view(View.TOUR))
        if self._driver is not None and self._driver.can_suspend:
            yield SystemCommand(
                "Suspend", "Back to the shell; `fg` returns", self.action_suspend_process
            )
        if not isinstance(screen, PlayScreen):  # which has its own
            yield SystemCommand(
                "Leave", "Close the game; asks before anything is lost", self.action_quit
            )


def run(session: Session, options: LaunchOptions) -> int:
    """Open the game on the whole screen; return the exit code when the player leaves.

    Raises InputRefused where what `options` ask for cannot be done.
    """
    app = GrueApp(session, options)
    app.run()
    if app.refusal is not None:
        raise app.refusal
    return app.return_code or 0
