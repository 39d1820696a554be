"""Where the player types: the mode, the input, earlier lines to recall, and commands to pick."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from dungeon.commands.command import SLASH
from dungeon.story import Kind
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic
from dungeon.tui.widgets.suggestions import Suggestions

MODES = (Kind.DO, Kind.SAY, Kind.STORY)
"""In the order in which Tab goes through them."""

_PLACEHOLDERS = {
    Kind.DO: "What do you do?  Enter alone lets the story go on",
    Kind.SAY: "What do you say?",
    Kind.STORY: "Write what happens",
}


class ActionInput(SafeInput):
    """The input itself. It hands the keys that concern the whole bar to it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "bar_key('tab', 1)", "Mode", show=True, id="mode"),
        Binding("shift+tab", "bar_key('tab', -1)", show=False, id="mode_back"),
        Binding("up", "bar_key('move', -1)", show=False, id="earlier_line"),
        Binding("down", "bar_key('move', 1)", show=False, id="later_line"),
    ]

    @dataclass
    class BarKey(Message):
        """A key for the whole bar was pressed."""

        key: str
        step: int

    def action_bar_key(self, key: str, step: int) -> None:
        """Hand the key to the bar."""
        self.post_message(self.BarKey(key, step))


class PromptBar(Vertical):
    """The mode, the input, and the suggestions over it."""

    @dataclass
    class Submitted(Message):
        """The player has sent a line."""

        line: str
        mode: Kind

    def __init__(self) -> None:
        super().__init__(id="prompt-bar")
        self.mode = Kind.DO
        self._history: list[str] = []
        self._position = 0
        self._unsent = ""

    def compose(self) -> ComposeResult:
        """Yield the suggestions over the input."""
        yield Suggestions()
        with Horizontal(id="prompt"):
            yield SafeStatic(self.mode.value.title(), classes=f"mode {self.mode.value}")
            yield ActionInput(
                id="prompt-input",
                compact=True,
                select_on_focus=False,
                placeholder=_PLACEHOLDERS[self.mode],
            )

    @property
    def input(self) -> ActionInput:
        """The input."""
        return self.query_one(ActionInput)

    @property
    def text(self) -> str:
        """What stands in the input."""
        return self.input.value

    def set_text(self, text: str, mode: Kind | None = None) -> None:
        """Put `text` into the input, and the cursor behind it."""
        if mode in MODES:
            self.set_mode(mode)
        self.input.value = text
        self.input.cursor_position = len(text)
        self._position = len(self._history)

    def add_to_history(self, line: str) -> None:
        """Let the Up key recall `line`."""
        if line and self._history[-1:] != [line]:
            self._history.append(line)
        self._position = len(self._history)

    def set_mode(self, mode: Kind) -> None:
        """Type in `mode` from now on."""
        self.mode = mode
        label = self.query_one(".mode", SafeStatic)
        label.update(mode.value.title())
        label.set_classes(f"mode {mode.value}")
        self.input.placeholder = _PLACEHOLDERS[mode]

    @on(ActionInput.BarKey)
    def _handle_key(self, event: ActionInput.BarKey) -> None:
        event.stop()
        suggestions = self.query_one(Suggestions)
        match event.key:
            case "tab" if suggestions.is_open:
                self.set_text(suggestions.completed())
            case "tab":
                position = MODES.index(self.mode) + event.step
                self.set_mode(MODES[position % len(MODES)])
            case "move" if suggestions.is_open:
                suggestions.move(event.step)
            case _:
                self._recall(event.step)

    def _recall(self, step: int) -> None:
        if self._position == len(self._history):
            self._unsent = self.text
        position = min(max(self._position + step, 0), len(self._history))
        self.set_text([*self._history, self._unsent][position])
        self._position = position

    @on(ActionInput.Changed)
    def _suggest(self, event: ActionInput.Changed) -> None:
        event.stop()
        self.query_one(Suggestions).show_for(event.value)

    @on(Suggestions.OptionSelected)
    def _submit_suggestion(self, event: Suggestions.OptionSelected) -> None:
        event.stop()
        self.input.focus()
        self._submit_or_complete(self.query_one(Suggestions).completed())

    @on(ActionInput.Submitted)
    def _submit_input(self, event: ActionInput.Submitted) -> None:
        event.stop()
        suggestions = self.query_one(Suggestions)
        line = suggestions.completed() if suggestions.is_open else event.value
        self._submit_or_complete(line)

    def _submit_or_complete(self, line: str) -> None:
        """Send `line`, unless it is a command that still needs an argument."""
        if line.startswith(SLASH) and line.endswith(" ") and line != self.text:
            self.set_text(line)
        else:
            self.post_message(self.Submitted(line.strip(), self.mode))
