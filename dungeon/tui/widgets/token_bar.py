"""What a part of the prompt costs: a name, a bar and a number."""

from textual import events
from textual.content import Content

from dungeon.tui.widgets.safe_text import SafeStatic

_NAME_WIDTH, _NUMBER_WIDTH = 15, 16
"""Columns before and behind the bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"


class TokenBar(SafeStatic):
    """One line: the part's name, its share of the budget, its tokens."""

    def __init__(self, name: str, tokens: int, budget: int) -> None:
        super().__init__(classes="bar")
        self._name = name
        self._tokens = tokens
        self._budget = budget

    def on_resize(self, event: events.Resize) -> None:
        """Fit the new width."""
        self.update(self._line(self.content_size.width))

    def _line(self, width: int) -> Content:
        bar_width = max(width - _NAME_WIDTH - _NUMBER_WIDTH, 1)
        bar = render_bar(self._tokens / max(self._budget, 1), bar_width)
        return Content.assemble(
            f"{self._name:<{_NAME_WIDTH}}",
            (bar, "$primary on $panel"),
            (f"{self._tokens:>{_NUMBER_WIDTH - 7},} tokens", "$text-muted"),
        )


def render_bar(share: float, width: int) -> str:
    """Return a bar of `width` columns, filled to `share` of it by eighths of a column."""
    eighths = round(min(max(share, 0), 1) * width * 8)
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS[rest] if rest else "")
    return filled.ljust(width)
