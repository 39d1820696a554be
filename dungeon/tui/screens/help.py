"""Provides HelpScreen: the modes, every command with its key, and how to leave.

It is made from the commands themselves. Knows nothing of what they do.
"""

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer

from dungeon.commands import COMMANDS, Command
from dungeon.tui.key_bindings import key_of
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_value_table import KeyValueTable
from dungeon.tui.widgets.safe_text import SafeStatic

_MODES = (
    ("Do", "what you do: open the door, take my lamp"),
    ("Say", "what you say, aloud"),
    ("Story", "what happens, in your own prose"),
    ("Enter", "alone, lets the story go on"),
    ("Tab", "goes from one mode to the next"),
    ("Up, Down", "bring back what you typed before"),
    ("Page Up", "looks back; at the top it shows earlier turns"),
    ("/", "begins a command; Tab completes it"),
)


class HelpScreen(GrueScreen[None]):
    """All that there is to know, on a page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1", "dismiss", "Back", id="help.back"),
        Binding("up", "scroll('up')", "Scroll", show=False),
        Binding("down", "scroll('down')", show=False),
    ]

    def compose(self) -> ComposeResult:
        """Yield the page."""
        with VerticalScroll(classes="page", can_focus=True):
            yield SafeStatic("How to play", classes="heading")
            yield KeyValueTable(_MODES)
            yield SafeStatic("What you can ask for", classes="heading")
            yield KeyValueTable(self._commands())
            yield SafeStatic("Everywhere", classes="heading")
            yield KeyValueTable(_EVERYWHERE)
        yield Footer(show_command_palette=False, compact=True)

    def _commands(self) -> Iterator[tuple[str, str, str]]:
        chosen = dict(self.grue.session.settings.keys)
        for command in COMMANDS:
            yield _called(command), command.summary, key_of(command, chosen)


_EVERYWHERE = (
    ("Ctrl+P", "finds every command, and the colour themes"),
    ("Esc", "stops a reply, empties the line, or goes back"),
    ("Ctrl+Q", "leaves; every turn is saved already"),
)


def _called(command: Command) -> str:
    return f"/{command.name} {command.usage}".rstrip()
