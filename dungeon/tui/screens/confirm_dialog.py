"""Provides Confirm: a question with two answers. Knows nothing of what it is about."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.widgets.safe_text import SafeStatic


class ConfirmDialog(GrueDialog[bool]):
    """Asks; the safe answer is chosen first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "dismiss(True)", show=False),
        Binding("n,escape", "dismiss(False)", show=False),
        Binding("left,right,up,down", "app.focus_next", show=False),
    ]

    def __init__(self, question: str, more: str = "", *, yes: str, no: str = "Cancel") -> None:
        """`yes` and `no` are what the answers are called; `more` explains the question."""
        super().__init__()
        self._question = question
        self._more = more
        self._yes, self._no = yes, no

    def compose(self) -> ComposeResult:
        """Yield the question and the answers."""
        with Vertical(classes="dialog"):
            yield SafeStatic(self._question, classes="question")
            if self._more:
                yield SafeStatic(self._more, classes="hint")
            with Horizontal(classes="answers"):
                yield Button(self._no, id="no", compact=True)
                yield Button(self._yes, id="yes", compact=True)

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
