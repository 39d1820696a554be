"""A table of names and what they mean."""

from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from textual import events
from textual.content import Content

from dungeon.tui.widgets.safe_text import SafeStatic

_GAP = 3
"""Columns between the names and their meanings."""

_MIN_MEANING_WIDTH = 30
"""Columns that a meaning needs beside its name; where there are fewer, it stands below it."""

_STACKED_INDENT = 3
"""Columns by which it is indented there."""

_MIN_NAME_WIDTH = 16
"""Columns of the names at least, so that tables on one screen line up."""


class KeyValueTable(SafeStatic):
    """Rows of a name, its meaning, and dim notes; a long meaning is wrapped under itself."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        super().__init__()
        self._rows = list(rows)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the new width."""
        self.update(render_table(self._rows, self.content_size.width))


def render_table(rows: Sequence[Sequence[str]], width: int) -> Content:
    """Return `rows` for `width` columns."""
    indent = max([_MIN_NAME_WIDTH, *(len(name) for name, *_ in rows)]) + _GAP
    if width - indent < _MIN_MEANING_WIDTH:
        lines = chain.from_iterable(_stacked(row, max(width, 20)) for row in rows)
    else:
        lines = chain.from_iterable(_row(row, indent, width - indent) for row in rows)
    return Content("\n").join(lines)


def _row(row: Sequence[str], indent: int, width: int) -> Iterable[Content]:
    name, meaning, *more = row
    text = Content.styled(meaning, "$foreground 80%")
    if note := _note(more):
        text = Content.assemble(text, "   ", (note, "$text-muted"))
    names = chain([Content.styled(f"{name:<{indent}}", "$primary")], repeat(Content(" " * indent)))
    return (
        Content.assemble(left, right) for left, right in zip(names, text.wrap(width), strict=False)
    )


def _stacked(row: Sequence[str], width: int) -> Iterable[Content]:
    """Yield the name and the notes, and the meaning below them."""
    name, meaning, *more = row
    first = Content.assemble((name, "$primary"), "   ", (_note(more), "$text-muted"))
    yield from first.wrap(width)
    indent = " " * _STACKED_INDENT
    for line in Content.styled(meaning, "$foreground 80%").wrap(width - _STACKED_INDENT):
        yield Content.assemble(indent, line)


def _note(more: Sequence[str]) -> str:
    return "  ".join(filter(None, more))
