"""Provides StatusLine: the adventure's name and the figures of the game, in one quiet line.

What does not fit goes, the least needed first. Knows nothing of games: it is given figures.
"""

from dataclasses import dataclass

from textual import events
from textual.content import Content

from dungeon.text import clean_line
from dungeon.tui.widgets.safe_text import SafeStatic

_BETWEEN = "  ·  "


@dataclass(frozen=True, slots=True)
class Figures:
    """What the status line tells."""

    title: str
    model: str
    tokens: int = 0
    budget: int = 0
    """Tokens of the prompt, and the most it may have; 0 of 0 before there was one."""
    speed: float = 0.0
    """Tokens a second; 0 where unknown."""
    unsaved: int = 0


class StatusLine(SafeStatic):
    """One line of figures."""

    def __init__(self) -> None:
        super().__init__(name="status")
        self._figures = Figures("", "")

    def show(self, figures: Figures) -> None:
        """Tell `figures` from now on."""
        self._figures = figures
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the new width."""
        self._draw()

    def _draw(self) -> None:
        self.update(drawn(self._figures, self.content_size.width))


def drawn(figures: Figures, width: int) -> Content:
    """Return the line for `width` columns: the title on the left, the figures on the right."""
    saved = f"{figures.unsaved} not saved" if figures.unsaved else "saved"
    tokens = f"{figures.tokens:,} of {figures.budget:,} tokens" if figures.budget else ""
    speed = f"{figures.speed:.0f} tokens/s" if figures.speed else ""
    parts = [clean_line(figures.model), tokens, speed, saved]
    title = clean_line(figures.title)
    for dispensable in (2, 0, 1, None):
        told = _BETWEEN.join(filter(None, parts))
        if dispensable is None or len(title) + len(told) + 4 <= width:
            break
        parts[dispensable] = ""
    room = max(width - Content(told).cell_length - 2, 0)
    left = Content(title).truncate(room, ellipsis=True)
    gap = max(width - left.cell_length - Content(told).cell_length, 0)
    style = "$warning" if figures.unsaved else "$foreground 50%"
    return Content.assemble(left.stylize("$foreground 80%"), " " * gap, (told, style))
