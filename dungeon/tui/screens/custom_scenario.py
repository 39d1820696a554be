"""Provides OwnOpeningScreen: where a player writes how their adventure begins.

Knows nothing of how an opening is played.
"""

from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Footer

from dungeon import scenarios
from dungeon.errors import GrueError
from dungeon.text import clean
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic, SafeTextArea


class CustomScenarioScreen(GrueScreen[None]):
    """A title, an opening, and what the story always remembers; only the opening must be there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "begin", "Begin", priority=True, id="own.begin"),
        Binding("tab", "app.focus_next", "Next field", show=True),
        Binding("escape", "leave", "Back", priority=True, id="own.back"),
    ]

    def compose(self) -> ComposeResult:
        """Yield the three fields."""
        yield SafeStatic("Your own opening", classes="heading")
        with Vertical(classes="form"):
            yield SafeStatic("How it begins", classes="label")
            yield SafeTextArea(
                id="opening",
                compact=True,
                highlight_cursor_line=False,
                placeholder="You stand before a door that was not there yesterday.",
            )
            yield SafeStatic("What the story always remembers (may stay empty)", classes="label")
            yield SafeTextArea(id="memory", compact=True, highlight_cursor_line=False)
            yield SafeStatic("Title (may stay empty)", classes="label")
            yield SafeInput(id="own_title", compact=True)
            yield SafeStatic(classes="refusal")
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Begin with what must be there."""
        self.query_one("#opening", SafeTextArea).focus()

    @property
    def _opening(self) -> str:
        return self.query_one("#opening", SafeTextArea).text

    def action_begin(self) -> None:
        """Begin with what was written."""
        try:
            scenario = scenarios.own(self._opening, self.query_one("#own_title", SafeInput).value)
        except GrueError as error:
            self.query_one(".refusal", SafeStatic).update(str(error))
            return
        memory = clean(self.query_one("#memory", SafeTextArea).text).strip()
        self.grue.go(self.grue.ways.asking(replace(scenario, memory=memory)))

    @work(exit_on_error=False)
    async def action_leave(self) -> None:
        """Go back; ask first where words would be lost."""
        question = ConfirmDialog(
            "Leave without beginning? Your opening is lost.", yes="Leave", no="Stay"
        )
        if not self._opening.strip() or await self.app.push_screen_wait(question):
            self.dismiss(None)
