"""Provides TokenBar: what a part costs, as a name, a bar and a number. Knows nothing of prompts."""

from textual import events
from textual.content import Content

from dungeon.tui.widgets.safe_text import SafeStatic

_NAME, _NUMBER = 15, 16
"""Columns of what stands before and behind the bar."""

_EIGHTHS = " ▏▎▍▌▋▊▉█"


class TokenBar(SafeStatic):
    """One line."""

    def __init__(self, name: str, tokens: int, budget: int) -> None:
        """`tokens` of `budget`."""
        super().__init__(classes="bar")
        self._name = name
        self._tokens = tokens
        self._budget = budget

    def on_resize(self, event: events.Resize) -> None:
        """Fit the new width."""
        self.update(self._drawn(self.content_size.width))

    def _drawn(self, width: int) -> Content:
        room = max(width - _NAME - _NUMBER, 1)
        bar = bar_of(self._tokens / max(self._budget, 1), room)
        return Content.assemble(
            f"{self._name:<{_NAME}}",
            (bar, "$primary on $panel"),
            (f"{self._tokens:>{_NUMBER - 7},} tokens", "$foreground 60%"),
        )


def bar_of(share: float, width: int) -> str:
    """Return a bar of `width` columns, filled to `share` of it by eighths of a column."""
    eighths = round(min(max(share, 0), 1) * width * 8)
    full, rest = divmod(eighths, 8)
    filled = "█" * full + (_EIGHTHS[rest] if rest else "")
    return filled.ljust(width)
