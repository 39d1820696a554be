"""How one turn looks in the story: the player's action, and the prose that answers it."""

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from dungeon.tui.widgets.safe_text import SafeStatic

REDRAW_INTERVAL = 1 / 30
"""Seconds between two redraws of prose that is being written; pieces that come faster wait."""

MARK = "> "
"""What an action begins with; a longer one is wrapped under its text, not under this."""

MARGIN = 5
"""Columns of padding before an action, as in the stylesheet."""


class ActionView(SafeStatic):
    """The player's action."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines with the mark in the margin of the first one."""
        return [
            _marked(strip) if y == 0 and crop.x == 0 else strip
            for y, strip in enumerate(super().render_lines(crop), crop.y)
        ]


def _marked(strip: Strip) -> Strip:
    before, rest = strip.crop(0, MARGIN - len(MARK)), strip.crop(MARGIN)
    style = next((segment.style for segment in rest if segment.text.strip()), None)
    return Strip([*before, Segment(MARK, style), *rest])


class ProseView(SafeStatic):
    """Paragraphs of the story, finished or still being written."""

    def __init__(self, text: str = "", *, classes: str | None = None) -> None:
        super().__init__(text, classes=classes)
        self.text = text
        """All of it, also what is not drawn yet."""
        self._redraw_pending = False

    def append(self, piece: str) -> None:
        """Add `piece`; it is drawn within REDRAW_INTERVAL."""
        first = not self.text
        self.text += piece
        if first:
            self._redraw()
        elif not self._redraw_pending:
            self._redraw_pending = True
            self.set_timer(REDRAW_INTERVAL, self._redraw)

    def finish(self, text: str) -> None:
        """Show `text` in place of what was appended."""
        self.text = text
        self._redraw()

    def _redraw(self) -> None:
        self._redraw_pending = False
        self.update(self.text)
