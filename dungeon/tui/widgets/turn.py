"""Provides what one turn looks like in the story: the player's line, and the prose that answers it.

Knows nothing of games; it is given text. Pieces that come faster than the eye are shown together.
"""

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from dungeon.tui.widgets.safe_text import SafeStatic

SHOWN_EVERY = 1 / 30
"""Seconds between two looks of prose that is being written."""

MARK = "> "
"""What the player's line begins with; a longer line is wrapped under its text, not under this."""

MARGIN = 5
"""Columns of padding before the player's line, as the stylesheet has it."""


class ActionView(SafeStatic):
    """The player's line."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines with the mark set into the first one's margin."""
        return [
            _marked(strip) if y == 0 and crop.x == 0 else strip
            for y, strip in enumerate(super().render_lines(crop), crop.y)
        ]


def _marked(strip: Strip) -> Strip:
    before, rest = strip.crop(0, MARGIN - len(MARK)), strip.crop(MARGIN)
    style = next((segment.style for segment in rest if segment.text.strip()), None)
    return Strip([*before, Segment(MARK, style), *rest])


class ProseView(SafeStatic):
    """Paragraphs of the story, finished or still growing."""

    def __init__(self, text: str = "", *, classes: str | None = None) -> None:
        super().__init__(text, classes=classes)
        self.text = text
        """All of it, also what is not shown yet."""
        self._waiting = False

    def write(self, piece: str) -> None:
        """Add `piece`; it shows within SHOWN_EVERY."""
        first = not self.text
        self.text += piece
        if first:
            self._show()
        elif not self._waiting:
            self._waiting = True
            self.set_timer(SHOWN_EVERY, self._show)

    def settle(self, text: str) -> None:
        """Show `text` in place of what was written."""
        self.text = text
        self._show()

    def _show(self) -> None:
        self._waiting = False
        self.update(self.text)
