"""Provides Desk: where the player types, with a mode, earlier lines to recall, commands to pick.

Knows nothing of games: it says which line was sent, and in which mode.
"""

import re
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from dungeon.commands import SLASH
from dungeon.story import Kind
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from dungeon.tui.widgets.suggestions import Suggestions

MODES = (Kind.DO, Kind.SAY, Kind.STORY)
"""In the order in which Tab goes through them."""

_HINTS = {
    Kind.DO: "What do you do?  Enter alone lets the story go on",
    Kind.SAY: "What do you say?",
    Kind.STORY: "Write what happens",
}

_SAID = re.compile(r'You \w+ "(.*)"\W?', re.DOTALL)


def as_typed(kind: Kind, action: str) -> str:
    """Return an action as the player would type it: of what was said, only the words."""
    said = _SAID.fullmatch(action) if kind is Kind.SAY else None
    return said[1] if said else action


class ActionInput(SafeInput):
    """The line itself. Its keys are the desk's."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "desk('tab', 1)", "Mode", show=True, id="mode"),
        Binding("shift+tab", "desk('tab', -1)", show=False, id="mode_back"),
        Binding("up", "desk('move', -1)", show=False, id="earlier_line"),
        Binding("down", "desk('move', 1)", show=False, id="later_line"),
    ]

    class Key(Message):
        """A key that concerns more than this line."""

        def __init__(self, what: str, step: int) -> None:
            super().__init__()
            self.what = what
            self.step = step

    def action_desk(self, what: str, step: int) -> None:
        """Hand the key on."""
        self.post_message(self.Key(what, step))


class PromptBar(Vertical):
    """The mode, the line, and what may be picked."""

    @dataclass
    class Sent(Message):
        """The player has sent a line."""

        line: str
        mode: Kind

    def __init__(self) -> None:
        super().__init__(id="desk")
        self.mode = Kind.DO
        self._sent: list[str] = []
        self._recalled = 0
        self._kept = ""

    def compose(self) -> ComposeResult:
        """Yield the list of commands over the line."""
        yield Suggestions()
        with Horizontal(id="line"):
            yield SafeStatic(classes="mode")
            yield ActionInput(id="action", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Show the first mode."""
        self.turn_to(Kind.DO)

    @property
    def line(self) -> ActionInput:
        """Where the player types."""
        return self.query_one(ActionInput)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.line.value

    def put(self, text: str, mode: Kind | None = None) -> None:
        """Put `text` into the line, and the cursor behind it."""
        if mode in MODES:
            self.turn_to(mode)
        self.line.value = text
        self.line.cursor_position = len(text)
        self._recalled = len(self._sent)

    def remember(self, text: str) -> None:
        """Let Up find `text` again."""
        if text and self._sent[-1:] != [text]:
            self._sent.append(text)
        self._recalled = len(self._sent)

    def turn_to(self, mode: Kind) -> None:
        """Type in `mode` from now on."""
        self.mode = mode
        label = self.query_one(".mode", SafeStatic)
        label.update(mode.value.title())
        label.set_classes(f"mode {mode.value}")
        self.line.placeholder = _HINTS[mode]

    @on(ActionInput.Key)
    def _key(self, event: ActionInput.Key) -> None:
        event.stop()
        suggestions = self.query_one(Suggestions)
        match event.what:
            case "tab" if suggestions.open:
                self.put(suggestions.completed())
            case "tab":
                step = MODES.index(self.mode) + event.step
                self.turn_to(MODES[step % len(MODES)])
            case "move" if suggestions.open:
                suggestions.move(event.step)
            case _:
                self._recall(event.step)

    def _recall(self, step: int) -> None:
        if self._recalled == len(self._sent):
            self._kept = self.text
        wanted = min(max(self._recalled + step, 0), len(self._sent))
        self.put([*self._sent, self._kept][wanted])
        self._recalled = wanted

    @on(ActionInput.Changed)
    def _suggest(self, event: ActionInput.Changed) -> None:
        event.stop()
        self.query_one(Suggestions).suggest(event.value)

    @on(Suggestions.OptionSelected)
    def _picked(self, event: Suggestions.OptionSelected) -> None:
        event.stop()
        self.line.focus()
        self._send_or_go_on(self.query_one(Suggestions).completed())

    @on(ActionInput.Submitted)
    def _submitted(self, event: ActionInput.Submitted) -> None:
        event.stop()
        suggestions = self.query_one(Suggestions)
        self._send_or_go_on(suggestions.completed() if suggestions.open else event.value)

    def _send_or_go_on(self, line: str) -> None:
        """Send `line`, unless it is a command that still wants words behind it."""
        if line.startswith(SLASH) and line.endswith(" ") and line != self.text:
            self.put(line)
        else:
            self.post_message(self.Sent(line.strip(), self.mode))
