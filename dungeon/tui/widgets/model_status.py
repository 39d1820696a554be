"""Provides ModelLine: how far the model has come, in a line, with a bar while it is being fetched.

Knows nothing of models: it is given a State.
"""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ProgressBar

from dungeon.text import clean_line
from dungeon.tui.model_loader import Stage, State
from dungeon.tui.widgets.safe_text import SafeStatic

_MEGABYTE = 1_000_000


class ModelStatus(Vertical):
    """One line of words, and a bar where there is something to wait for."""

    def compose(self) -> ComposeResult:
        """Yield the words and the bar."""
        yield SafeStatic(classes="words")
        yield ProgressBar(total=1, show_eta=False, show_percentage=False)

    def on_mount(self) -> None:
        """Begin without a bar."""
        self.query_one(ProgressBar).display = False

    def show(self, state: State, retry: str = "") -> None:
        """Show `state`; `retry` says how to try again where it failed."""
        failed = state.stage is Stage.FAILED
        self.set_class(failed, "failed")
        bar = self.query_one(ProgressBar)
        bar.display = state.stage is Stage.FETCHING
        if state.stage is Stage.FETCHING:
            bar.update(total=state.total or None, progress=state.done)
        words = f"{state.sentence} {retry}" if failed else told(state)
        self.query_one(".words", SafeStatic).update(words)


def told(state: State) -> str:
    """Return `state` in words."""
    words = clean_line(state.sentence)
    if state.stage is not Stage.FETCHING or not state.total:
        return words
    if state.total < _MEGABYTE:
        return f"{words}, {state.done / state.total:.0%}"
    return f"{words}, {state.done // _MEGABYTE} of {state.total // _MEGABYTE} MB"
