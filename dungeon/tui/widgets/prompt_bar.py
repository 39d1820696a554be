"""Where the player types: the mode, the input, earlier lines to recall, commands to pick, and the
lines that wait for the reply under way.
"""

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
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


_SWIPES = {"left": "-", "right": "+"}
"""The keys that show another reply while nothing is typed, and what /swipe takes for each."""


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

    @dataclass
    class Entered(Message):
        """Enter was pressed: the line is out of the input."""

        line: str

    async def _on_key(self, event: events.Key) -> None:
        # Not the binding of Input: the keys that arrive in one packet with Enter would come first.
        if event.key in _SWIPES and not self.value:
            event.stop()
            event.prevent_default()
            self.post_message(PromptBar.Swiped(_SWIPES[event.key]))
        if event.key != "enter":
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Entered(self.value))
        self.value = ""

    def action_bar_key(self, key: str, step: int) -> None:
        """Hand the key to the bar."""
        self.post_message(self.BarKey(key, step))


class PromptBar(Vertical):
    """The mode, the input, the suggestions over it, and the lines that wait."""

    @dataclass
    class Submitted(Message):
        """The player has sent a line."""

        line: str
        mode: Kind

    @dataclass
    class Swiped(Message):
        """The player asks for the reply before or after the current one."""

        direction: str

    def __init__(self) -> None:
        super().__init__(id="prompt-bar")
        self.mode = Kind.DO
        self._waiting: deque[PromptBar.Submitted] = deque()
        self._history: list[str] = []
        self._position = 0
        self._unsent = ""

    def compose(self) -> ComposeResult:
        """Yield the suggestions over the input."""
        yield Suggestions()
        yield SafeStatic(classes="waiting")
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

    def give_back(self, line: str) -> None:
        """Put `line` back into the input, unless something else stands there."""
        if not self.text:
            self.set_text(line)

    def queue(self, submitted: "PromptBar.Submitted") -> None:
        """Let a line wait until `next_line`; the Up key takes it back."""
        self._waiting.append(submitted)
        self._show_waiting()

    def next_line(self) -> "PromptBar.Submitted | None":
        """Return the line that has waited longest, if there is one; it waits no more."""
        line = self._waiting.popleft() if self._waiting else None
        self._show_waiting()
        return line

    def clear_queue(self) -> None:
        """Let no line wait; the Up key still recalls each."""
        self._waiting.clear()
        self._show_waiting()

    def on_mount(self) -> None:
        """Show that no line waits."""
        self._show_waiting()

    def _show_waiting(self) -> None:
        waiting = self.query_one(".waiting", SafeStatic)
        waiting.display = bool(self._waiting)
        if self._waiting:
            lines = "   ".join(f"› {submitted.line}" for submitted in self._waiting)
            waiting.update(f"Next  {lines}")

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
            case "move" if event.step < 0 and self._waiting and not self.text:
                taken = self._waiting.pop()
                self._show_waiting()
                self.set_text(taken.line, taken.mode)
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
        typed, self.input.value = self.text, ""
        self._submit_or_complete(self.query_one(Suggestions).completed(), typed)

    @on(ActionInput.Entered)
    def _submit_input(self, event: ActionInput.Entered) -> None:
        event.stop()
        suggestions = self.query_one(Suggestions)
        line = suggestions.completed() if suggestions.is_open else event.line
        self._submit_or_complete(line, typed=event.line)

    def _submit_or_complete(self, line: str, typed: str) -> None:
        """Send `line`, unless it completes to a command that still needs an argument."""
        if line.startswith(SLASH) and line.endswith(" ") and line != typed:
            self.set_text(line + self.text)
        else:
            self.set_text(self.text)
            self.post_message(self.Submitted(line.strip(), self.mode))
