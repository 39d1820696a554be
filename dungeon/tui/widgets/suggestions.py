"""Provides Suggestions: the commands that a line beginning with a slash may come to be.

Knows nothing of what the commands do.
"""

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import SLASH, Command, suggest

MOST = 7
"""Commands shown at once; more are scrolled to."""


class Suggestions(OptionList, can_focus=False):
    """A list over the line, open while there is something to pick."""

    def __init__(self) -> None:
        super().__init__(id="suggestions", markup=False, compact=True)
        self._near: list[Command] = []
        self.display = False

    @property
    def open(self) -> bool:
        """Whether there is something to pick."""
        return bool(self.display)

    def suggest(self, typing: str) -> None:
        """Show what `typing`, a slash and the beginning of a name, may become; else close."""
        self._near = suggest(typing)
        self.display = bool(self._near)
        self.set_options(Option(_drawn(command)) for command in self._near)
        if self._near:
            self.highlighted = 0
            self.styles.height = min(len(self._near), MOST)

    def move(self, step: int) -> None:
        """Go `step` commands down the list, round its end."""
        if self._near:
            self.highlighted = ((self.highlighted or 0) + step) % len(self._near)

    def completed(self) -> str:
        """Return the chosen command as a line, with a space behind it where words must follow."""
        command = self._near[self.highlighted or 0]
        return f"{SLASH}{command.name}{' ' if command.requires_argument else ''}"


def _drawn(command: Command) -> Content:
    return Content.assemble(
        (f"{SLASH}{command.name:<9}", "$primary"), ("  " + command.summary, "$foreground 65%")
    )
