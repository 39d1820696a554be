"""Provides Suggestions: the commands that a line beginning with a slash may come to be.

Knows nothing of what the commands do.
"""

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import SLASH, Command

MOST = 7
"""Commands shown at once; more are scrolled to."""


class Suggestions(OptionList, can_focus=False):
    """A list over the line, open while there is something to pick."""

    def __init__(self, commands: Sequence[Command]) -> None:
        super().__init__(id="suggestions", markup=False, compact=True)
        self._commands = commands
        self._near: list[Command] = []
        self.display = False

    @property
    def open(self) -> bool:
        """Whether there is something to pick."""
        return bool(self.display)

    def suggest(self, typing: str) -> None:
        """Show what `typing`, a slash and the beginning of a name, may become; else close."""
        self._near = near(self._commands, typing)
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
        wants_words = bool(command.usage) and not command.usage.startswith("[")
        return f"{SLASH}{command.name}{' ' if wants_words else ''}"


def near(commands: Sequence[Command], typing: str) -> list[Command]:
    """Return the commands whose name or alias begins as `typing` does; none without a slash."""
    if not typing.startswith(SLASH) or " " in typing:
        return []
    name = typing.removeprefix(SLASH).lower()
    by_name = [command for command in commands if command.name.startswith(name)]
    by_alias = [
        command
        for command in commands
        if name and command not in by_name and any(a.startswith(name) for a in command.aliases)
    ]
    return by_name + by_alias


def _drawn(command: Command) -> Content:
    return Content.assemble(
        (f"{SLASH}{command.name:<9}", "$primary"), ("  " + command.summary, "$foreground 65%")
    )
