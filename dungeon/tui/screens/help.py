"""The help: the keys of the screen it was opened on, the input modes, every command with its key,
and every key while playing.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.dom import DOMNode

from dungeon.commands.table import COMMANDS
from dungeon.tui.key_bindings import key_label
from dungeon.tui.key_help import key_sections, screen_keys
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.key_value_table import KeyValueTable
from dungeon.tui.widgets.safe_text import SafeStatic

_MODES = (
    ("Do", "what you do: open the door, take my lamp"),
    ("Say", "what you say, aloud"),
    ("Story", "what happens, in your own prose"),
    ("/", "begins a command; Tab completes it"),
)


class HelpScreen(GrueScreen[None]):
    """Everything there is to know, on one page."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1", "dismiss", "Back", id="help.back"),
        Binding("up", "scroll('up')", "Scroll", show=False),
        Binding("down", "scroll('down')", show=False),
    ]

    def __init__(self, own_keys: Mapping[str, str], below: type[DOMNode] | None = None) -> None:
        """`own_keys` are the player's, by binding id; the keys of the screen `below` come first."""
        super().__init__()
        self._own_keys = own_keys
        self._below = below

    def compose(self) -> ComposeResult:
        """Yield the page."""
        with VerticalScroll(classes="page", can_focus=True):
            if self._below and (rows := screen_keys(self._below, self._own_keys)):
                yield SafeStatic("On this screen", classes="heading")
                yield KeyValueTable(rows)
            yield SafeStatic("How to play", classes="heading")
            yield KeyValueTable(_MODES)
            yield SafeStatic("What you can ask for", classes="heading")
            yield KeyValueTable(self._commands())
            for heading, rows in key_sections(type(self.app), self._own_keys):
                yield SafeStatic(heading, classes="heading")
                yield KeyValueTable(rows)
        yield KeyFooter()

    def _commands(self) -> Iterator[tuple[str, str, str]]:
        for command in COMMANDS:
            yield command.syntax, command.summary, key_label(command, self._own_keys)
