"""A question with two answers."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.widgets.safe_text import SafeStatic


class ConfirmDialog(GrueDialog[bool]):
    """The safe answer has the focus first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", show=False),
        Binding("n,escape", "dismiss(False)", show=False),
        Binding("left,right,up,down", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, details: str = "", *, yes: str, no: str = "Cancel") -> None:
        """`yes` and `no` are the labels of the buttons; `details` explain the question."""
        super().__init__()
        self._question = question
        self._details = details
        self._yes, self._no = yes, no

    def compose(self) -> ComposeResult:
        """Yield the question and the answers."""
        with Vertical(classes="dialog"):
            yield SafeStatic(self._question, classes="question")
            if self._details:
                yield SafeStatic(self._details, classes="hint")
            with Horizontal(classes="buttons"):
                yield Button(self._no, id="no", compact=True)
                yield Button(self._yes, id="yes", compact=True)

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
