"""How the app looks, as the settings say: its theme, and whether anything moves."""

from collections.abc import Callable, Coroutine
from typing import Any

from textual.app import App
from textual.theme import Theme
from textual.types import AnimationLevel
from textual.widget import Widget
from textual.widgets import Input, TextArea

from dungeon.errors import InputRefused
from dungeon.session import Session
from dungeon.settings.themes import find_theme
from dungeon.tui.services import LONG_NOTICE
from dungeon.tui.theme import GRUE, THEMES
from dungeon.tui.theme_files import load_theme, load_themes


class Appearance:
    """Applies the settings to the app, and keeps the theme that the player chooses."""

    def __init__(
        self,
        app: App[None],
        session: Session,
        save_theme: Callable[[str], Coroutine[Any, Any, None]],
        set_width: Callable[[int], None],
    ) -> None:
        """`save_theme` saves the name of a theme; `set_width` takes the width of the story."""
        self._app = app
        self._session = session
        self._save_theme = save_theme
        self._set_width = set_width
        self._chosen = ""
        """The theme of the settings that was shown last."""
        self._animations: AnimationLevel = "full"
        """Which animations TEXTUAL_ANIMATIONS allows."""
        self._shown = ""
        """The theme that is shown in its place, or itself."""

    def open(self) -> None:
        """Register Grue's themes and the player's, and apply the settings."""
        app, folder = self._app, self._session.home.themes
        self._animations = app.animation_level
        for theme in (*THEMES, *load_themes(folder, on_error=self._warn)):
            app.register_theme(theme)
        self.apply()
        app.theme_changed_signal.subscribe(app, self._keep_theme)

    def apply(self) -> None:
        """Look as the settings say."""
        if self._session.settings.theme != self._chosen:
            self._chosen = self._session.settings.theme
            self._show_theme(self._chosen)
        self._app.animation_level = (
            "none" if self._session.settings.reduced_motion else self._animations
        )
        for screen in self._app.screen_stack:
            for widget in screen.query("Input, TextArea"):
                self.calm(widget)
        self._set_width(self._session.settings.width)

    def calm(self, widget: Widget) -> None:
        """Let the cursor of an input blink, or not."""
        if isinstance(widget, Input | TextArea):
            widget.cursor_blink = self._app.animation_level != "none"

    def _show_theme(self, chosen: str) -> None:
        """Show the theme called `chosen`; where it is none, say why. It stays chosen."""
        app, folder = self._app, self._session.home.themes
        try:
            name = find_theme(chosen, folder)
            if name not in app.available_themes:  # a file that is new, or was none before
                app.register_theme(load_theme(folder / f"{name}.toml"))
        except InputRefused as error:
            self._warn(str(error))
            name = GRUE.name
        self._shown = app.theme = name

    def _keep_theme(self, theme: Theme) -> None:
        """Save the theme that the player has chosen in the palette."""
        if theme.name != self._shown:
            self._shown = self._chosen = theme.name
            self._app.run_worker(self._save_theme(theme.name), exit_on_error=False)

    def _warn(self, sentence: str) -> None:
        self._app.notify(sentence, severity="warning", timeout=LONG_NOTICE, markup=False)
