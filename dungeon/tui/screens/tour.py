"""The tour: one step after the other, skipped with one key."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from dungeon.session.tour import STEPS, step_heading
from dungeon.tui.screens.base import GrueDialog
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic


class TourDialog(GrueDialog[None]):
    """Shows a step; the last one ends it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space,right", "step(1)", "Next", id="tour.next"),
        Binding("left", "step(-1)", "Before", id="tour.before"),
        Binding("escape,q", "dismiss", "Skip", id="tour.skip"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._number = 1

    def compose(self) -> ComposeResult:
        """Yield the heading above the text."""
        with Vertical(classes="dialog"):
            yield SafeStatic(classes="question")
            yield SafeStatic(classes="text")
            yield KeyFooter()

    def on_mount(self) -> None:
        """Show the first step."""
        self._show()

    def action_step(self, by: int) -> None:
        """Go to another step, and out behind the last."""
        self._number = max(self._number + by, 1)
        if self._number > len(STEPS):
            self.dismiss(None)
        else:
            self._show()

    def _show(self) -> None:
        self.query_one(".question", SafeStatic).update(step_heading(self._number))
        self.query_one(".text", SafeStatic).update(STEPS[self._number - 1].text)
