"""Why the saves cannot be opened, and what can be done about it."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic


class DatabaseErrorScreen(GrueScreen[None]):
    """Stays until the player tries again or leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "dismiss", "Try again", id="database_error.retry"),
        Binding("q", "app.quit", "Quit", id="database_error.quit"),
    ]

    def __init__(self, sentence: str, path: str) -> None:
        """`sentence` says what is wrong with the saves at `path`, which may be a URL."""
        super().__init__()
        self._sentence = sentence
        self._path = path

    def compose(self) -> ComposeResult:
        """Yield the reason and the advice."""
        with Vertical(id="database-error"):
            yield SafeStatic("Your adventures cannot be opened", classes="question")
            yield SafeStatic(self._sentence, classes="error")
            yield SafeStatic(_advice(self._path), classes="hint")
        yield KeyFooter()


def _advice(path: str) -> str:
    if "://" in path:
        return (
            f"They are kept in\n{path}\nNothing in it was changed.\n\n"
            "GRUE_DATABASE_URL names this database; without it, adventures are kept in a file."
        )
    return (
        f"They are kept in\n{path}\nNothing in it was changed.\n\n"
        "grue saves check   looks at every turn, and names the newest good backup\n"
        "--data-dir DIR     plays with another folder meanwhile"
    )
