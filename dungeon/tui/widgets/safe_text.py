"""Widgets for text from outside: it is never read as markup, and cleaned when it is pasted.

Most terminals send the line ends of what is pasted as `\\r`.
"""

from textual import events
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from dungeon.text import clean, clean_line
from dungeon.text.encoding import unify_line_ends


class SafeStatic(Static):
    """Shows text as it is."""

    def __init__(
        self,
        text: str | Content = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(text, markup=False, id=id, classes=classes)


class SafeInput(Input):
    """One line to type in; what is pasted is cleaned and folded onto it."""

    def on_mount(self) -> None:
        """Stop the cursor from blinking where animations are off."""
        self.cursor_blink = self.app.animation_level != "none"

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean_line(unify_line_ends(event.text)), *self.selection)


class SafeTextArea(TextArea):
    """Several lines to type in; what is pasted is cleaned."""

    def on_mount(self) -> None:
        """Stop the cursor from blinking where animations are off."""
        self.cursor_blink = self.app.animation_level != "none"

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert_at_cursor(clean(unify_line_ends(event.text)))

    def insert_at_cursor(self, text: str) -> None:
        """Put `text` in place of what is selected, and the cursor behind it."""
        self.replace(text, *self.selection, maintain_selection_offset=False)
