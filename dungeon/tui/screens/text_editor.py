"""An editor for a text, saved with Ctrl+S."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from dungeon.errors import GrueError
from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic, SafeTextArea


class TextEditor(GrueDialog[None]):
    """Stays open until the text is saved or given up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Keep it", priority=True, id="editor.save"),
        Binding("escape", "leave", "Cancel", priority=True, id="editor.cancel"),
    ]

    def __init__(
        self, title: str, hint: str, text: str, save: Callable[[str], Awaitable[None]]
    ) -> None:
        """`save` takes the edited text; where it raises a GrueError, the player reads it here."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._text = text
        self._save = save

    def compose(self) -> ComposeResult:
        """Yield the text."""
        with Vertical(classes="dialog editor"):
            yield SafeStatic(self._title, classes="question")
            yield SafeStatic(self._hint, classes="hint")
            yield SafeTextArea(self._text, id="text", compact=True, highlight_cursor_line=False)
            yield SafeStatic(classes="error")
            yield KeyFooter()

    def on_mount(self) -> None:
        """Put the cursor at the end."""
        area = self.query_one(SafeTextArea)
        area.move_cursor(area.document.end)
        area.focus()

    @property
    def has_unsaved_words(self) -> bool:
        """Whether the text is another one than at the beginning."""
        return any(area.text != self._text for area in self.query(SafeTextArea))

    async def action_save(self) -> None:
        """Save the text, or say why that cannot be."""
        try:
            await self._save(self.query_one(SafeTextArea).text)
        except GrueError as error:
            self.query_one(".error", SafeStatic).update(str(error))
            return
        self.dismiss(None)

    @work(exit_on_error=False)
    async def action_leave(self) -> None:
        """Leave; ask first where words would be lost."""
        question = ConfirmDialog(
            "Leave without keeping what you wrote?", yes="Leave", no="Write on"
        )
        if not self.has_unsaved_words or await self.app.push_screen_wait(question):
            self.dismiss(None)
