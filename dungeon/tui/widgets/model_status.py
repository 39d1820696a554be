"""How far the loading of the model is: a line, and a bar while the model is fetched."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ProgressBar

from dungeon.session.model_loader import LoadState, Stage, load_sentence
from dungeon.tui.widgets.safe_text import SafeStatic


class ModelStatus(Vertical):
    """A sentence, and a bar where there is something to wait for."""

    def compose(self) -> ComposeResult:
        """Yield the sentence and the bar."""
        yield SafeStatic(classes="sentence")
        yield ProgressBar(total=1, show_eta=False, show_percentage=False)

    def on_mount(self) -> None:
        """Begin without a bar."""
        self.query_one(ProgressBar).display = False

    def show(self, state: LoadState, retry: str = "") -> None:
        """Show `state`; `retry` says how to try again after a failure."""
        has_failed = state.stage is Stage.FAILED
        self.set_class(has_failed, "failed")
        bar = self.query_one(ProgressBar)
        bar.display = state.stage is Stage.FETCHING
        if state.stage is Stage.FETCHING:
            bar.update(total=state.total or None, progress=state.done)
        sentence = f"{state.sentence} {retry}" if has_failed else load_sentence(state)
        self.query_one(".sentence", SafeStatic).update(sentence)
