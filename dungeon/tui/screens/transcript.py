"""An adventure from its beginning, to read and to copy from."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from dungeon.story import Adventure, render_transcript
from dungeon.text import clean_line
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic


class TranscriptScreen(GrueScreen[None]):
    """The whole line of turns as a transcript; what is selected can be copied."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", priority=True, id="transcript.back"),
    ]

    def __init__(self, adventure: Adventure) -> None:
        super().__init__()
        self._adventure = adventure

    def compose(self) -> ComposeResult:
        """Yield the transcript."""
        yield SafeStatic(clean_line(self._adventure.title), classes="heading")
        yield TextArea(
            render_transcript(self._adventure.path()),
            read_only=True,
            show_cursor=False,
            compact=True,
            highlight_cursor_line=False,
            id="transcript",
        )
        yield KeyFooter()
