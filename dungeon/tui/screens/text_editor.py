"""Provides Editor: a page to write on, kept with Ctrl+S. Knows nothing of what is written."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Footer

from dungeon.errors import GrueError
from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.widgets.safe_text import SafeStatic, SafeTextArea


class TextEditor(GrueDialog[None]):
    """Stays open until what is written is kept or given up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", "Keep it", priority=True, id="editor.keep"),
        Binding("escape", "leave", "Cancel", priority=True, id="editor.cancel"),
    ]

    def __init__(
        self, title: str, hint: str, text: str, keep: Callable[[str], Awaitable[None]]
    ) -> None:
        """`keep` takes what was written; where it raises a GrueError, the player reads it here."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._text = text
        self._keep = keep

    def compose(self) -> ComposeResult:
        """Yield the page."""
        with Vertical(classes="dialog editor"):
            yield SafeStatic(self._title, classes="question")
            yield SafeStatic(self._hint, classes="hint")
            yield SafeTextArea(self._text, id="page", compact=True, highlight_cursor_line=False)
            yield SafeStatic(classes="refusal")
            yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Begin behind what is there."""
        page = self.query_one(SafeTextArea)
        page.move_cursor(page.document.end)
        page.focus()

    async def action_keep(self) -> None:
        """Keep what was written, or say why that cannot be."""
        try:
            await self._keep(self.query_one(SafeTextArea).text)
        except GrueError as error:
            self.query_one(".refusal", SafeStatic).update(str(error))
            return
        self.dismiss(None)

    @work(exit_on_error=False)
    async def action_leave(self) -> None:
        """Leave; ask first where words would be lost."""
        changed = self.query_one(SafeTextArea).text != self._text
        question = ConfirmDialog(
            "Leave without keeping what you wrote?", yes="Leave", no="Write on"
        )
        if not changed or await self.app.push_screen_wait(question):
            self.dismiss(None)
