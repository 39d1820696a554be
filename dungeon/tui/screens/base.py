"""The base classes of every screen and dialog."""

from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widgets import OptionList
from textual.worker import Worker

Result = TypeVar("Result")


class GrueScreen(Screen[Result]):
    """A screen of the game."""

    @property
    def has_unsaved_words(self) -> bool:
        """Whether the player has written something here that leaving the game would lose."""
        return False

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave the screen, once: Textual would take whatever is on top, as after Esc the game."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Pass the event on to the app, which reports failures: it does not bubble by itself."""
        self.app.post_message(event)

    def run_to_end(self, work: Coroutine[Any, Any, None]) -> Worker[None]:
        """Run `work` in a worker of the app, which outlasts this screen and reports its errors.

        A worker of the screen is cancelled where the player leaves it.
        """
        return self.app.run_worker(work, exit_on_error=False)

    def action_copy_text(self) -> None:
        """Copy what is selected on the screen, and say so."""
        super().action_copy_text()  # skips the key where nothing is selected
        words = len((self.get_selected_text() or "").split())
        self.app.notify(f"Copied: {words:,} word{'' if words == 1 else 's'}.", markup=False)

    def action_select_highlighted(self) -> None:
        """Take the highlighted line of the list: for a binding of Enter that the footer shows."""
        self.query_one(OptionList).action_select()


class GrueDialog(GrueScreen[Result], ModalScreen[Result]):
    """A dialog over another screen. Of the keys of the app only Ctrl+Q, Ctrl+P and F1 reach it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "app.show_keys", "Help", show=False, id="help"),
    ]
