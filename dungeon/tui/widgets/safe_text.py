"""Provides the widgets for text from outside: nothing in it is ever read as markup.

Knows nothing of what the text says.
"""

from textual import events
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from dungeon.text import clean, clean_line


class SafeStatic(Static):
    """Shows text as it is."""

    def __init__(
        self, text: str | Content = "", *, name: str | None = None, classes: str | None = None
    ) -> None:
        """`name` becomes the widget's id."""
        super().__init__(text, markup=False, id=name, classes=classes)


class SafeInput(Input):
    """One line to type in; what is pasted is cleaned and folded onto it."""

    def on_mount(self) -> None:
        """Let the cursor stand still where nothing may move."""
        self.cursor_blink = self.app.animation_level != "none"

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean_line(event.text), *self.selection)


class SafeTextArea(TextArea):
    """Several lines to type in; what is pasted is cleaned."""

    def on_mount(self) -> None:
        """Let the cursor stand still where nothing may move."""
        self.cursor_blink = self.app.animation_level != "none"

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean(event.text), *self.selection)
