"""A question, and an input for the answer."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic


class InputDialog(GrueDialog[str | None]):
    """Returns what was typed, or None where the player goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
    ]

    def __init__(self, question: str, default: str, about: str) -> None:
        """`default` is in the input already; `about` says what the question is part of."""
        super().__init__()
        self._question = question
        self._default = default
        self._about = about

    def compose(self) -> ComposeResult:
        """Yield the question and the input."""
        with Vertical(classes="dialog"):
            yield SafeStatic(self._about, classes="about")
            yield SafeStatic(self._question, classes="question")
            yield SafeInput(self._default, select_on_focus=True)
            yield SafeStatic("Enter takes it   ·   Esc goes back", classes="hint")

    @on(SafeInput.Submitted)
    def _answer(self, event: SafeInput.Submitted) -> None:
        self.dismiss(event.value)
