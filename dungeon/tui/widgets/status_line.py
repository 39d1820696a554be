"""The adventure's title and the figures of the game, in one line; the least needed give way."""

from dataclasses import dataclass, replace

from textual import events
from textual.content import Content

from dungeon.session.model_loader import LoadState, Stage
from dungeon.text import clean_line
from dungeon.tui.widgets.safe_text import SafeStatic

_SEPARATOR = "  ·  "


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line shows."""

    title: str
    model: str
    tokens: int = 0
    budget: int = 0
    """Tokens of the prompt, and the most it may have; 0 of 0 before there was one."""
    speed: float = 0.0
    """Tokens a second; 0 where unknown."""
    unsaved: int = 0
    loading: str = ""
    """What is being downloaded or loaded while the game goes on, and how far that is."""


class StatusLine(SafeStatic):
    """One line of status."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._status = Status("", "")

    def show(self, status: Status) -> None:
        """Show `status` from now on."""
        self._status = replace(status, loading=self._status.loading)
        self._draw()

    def show_load_state(self, state: LoadState) -> None:
        """Show how far the loading of another model is; nothing once that has ended."""
        is_loading = state.stage in (Stage.FETCHING, Stage.STARTING)
        share = f" {state.done / state.total:.0%}" if state.total else ""
        loading = f"{clean_line(state.sentence)}{share}" if is_loading else ""
        self._status = replace(self._status, loading=loading)
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Fit the new width."""
        self._draw()

    def _draw(self) -> None:
        self.update(render_status(self._status, self.content_size.width))


def render_status(status: Status, width: int) -> Content:
    """Return the line for `width` columns: the title on the left, the figures on the right."""
    saved = f"{status.unsaved} not saved" if status.unsaved else "saved"
    tokens = f"{status.tokens:,} of {status.budget:,} tokens" if status.budget else ""
    speed = f"{status.speed:.0f} tokens/s" if status.speed else ""
    parts = [clean_line(status.model), tokens, speed, saved, status.loading]
    title = clean_line(status.title)
    for dropped in (2, 0, 1, None):
        figures = _SEPARATOR.join(filter(None, parts))
        if dropped is None or len(title) + len(figures) + 4 <= width:
            break
        parts[dropped] = ""
    room = max(width - Content(figures).cell_length - 2, 0)
    left = Content(title).truncate(room, ellipsis=True)
    gap = max(width - left.cell_length - Content(figures).cell_length, 0)
    style = "$warning" if status.unsaved else "$text-muted"
    return Content.assemble(left.stylize("$foreground 80%"), " " * gap, (figures, style))
