"""Provides Columns: names and what they mean, side by side. Knows nothing of what they are."""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from textual import events
from textual.content import Content

from dungeon.tui.widgets.safe_text import SafeStatic

_GAP = 3
"""Columns between the names and their meanings."""

_LEAST = 16
"""Columns of the names at least, so that tables on one page stand alike."""


class KeyValueTable(SafeStatic):
    """Rows of a name, its meaning, and something quiet; a meaning wraps under itself."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        super().__init__()
        self._rows = list(rows)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the new width."""
        self.update(drawn(self._rows, self.content_size.width))


def drawn(rows: Sequence[Sequence[str]], width: int) -> Content:
    """Return `rows` for `width` columns."""
    indent = max([_LEAST, *(len(name) for name, *_ in rows)]) + _GAP
    lines = chain.from_iterable(_row(row, indent, max(width - indent, 20)) for row in rows)
    return Content("\n").join(lines)


def _row(row: Sequence[str], indent: int, room: int) -> Iterable[Content]:
    name, meaning, *more = row
    told = Content.styled(meaning, "$foreground 85%")
    if quiet := "  ".join(filter(None, more)):
        told = Content.assemble(told, "   ", (quiet, "$foreground 45%"))
    names = chain([Content.styled(f"{name:<{indent}}", "$primary")], repeat(Content(" " * indent)))
    return (
        Content.assemble(left, right) for left, right in zip(names, told.wrap(room), strict=False)
    )
