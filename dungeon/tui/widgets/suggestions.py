"""The list of commands that a line beginning with a slash may become."""

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import suggest
from dungeon.commands.command import SLASH, Command

MAX_ROWS = 7
"""Commands shown at once; more are scrolled to."""


class Suggestions(OptionList, can_focus=False):
    """A list over the prompt, open while there is something to pick."""

    def __init__(self) -> None:
        super().__init__(id="suggestions", markup=False, compact=True)
        self._suggested: list[Command] = []
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether there is something to pick."""
        return bool(self.display)

    def show_for(self, line: str) -> None:
        """Show the commands that `line` may become; close where there are none."""
        self._suggested = suggest(line)
        self.display = bool(self._suggested)
        self.set_options(Option(_row(command)) for command in self._suggested)
        if self._suggested:
            self.highlighted = 0
            self.styles.height = min(len(self._suggested), MAX_ROWS)

    def move(self, step: int) -> None:
        """Move the highlight by `step` rows, around the end of the list."""
        if self._suggested:
            self.highlighted = ((self.highlighted or 0) + step) % len(self._suggested)

    def completed(self) -> str:
        """Return the highlighted command as a line, with a space behind it where it needs more."""
        command = self._suggested[self.highlighted or 0]
        return f"{SLASH}{command.name}{' ' if command.requires_argument else ''}"


def _row(command: Command) -> Content:
    return Content.assemble(
        (f"{SLASH}{command.name:<9}", "$primary"), ("  " + command.summary, "$text-muted")
    )
