"""Two branches side by side; one after the other where the screen is narrow."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll

from dungeon.session.branch_views import continuations, where_they_part
from dungeon.session.views import count_of_turns
from dungeon.story.branching import Comparison
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic


class ComparisonScreen(GrueScreen[None]):
    """Where two branches part, and how each goes on. Tab goes from one to the other."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", id="comparison.back"),
        Binding("tab", "app.focus_next", "Other branch", show=True, id="comparison.other"),
    ]

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self._comparison = comparison

    def compose(self) -> ComposeResult:
        """Yield what is shared, then both continuations."""
        comparison = self._comparison
        left, right = continuations(comparison)
        yield SafeStatic("Two branches", classes="heading")
        yield SafeStatic(where_they_part(comparison), classes="about")
        with Container(id="comparison"):
            for name, turns, text in (
                (comparison.left_name, comparison.left, left),
                (comparison.right_name, comparison.right, right),
            ):
                with VerticalScroll(classes="branch"):
                    yield SafeStatic(f"{name}: {count_of_turns(len(turns))}", classes="question")
                    yield SafeStatic(text, classes="prose")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Let the keys scroll the first branch."""
        self.query(VerticalScroll).first().focus()
