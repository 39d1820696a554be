"""Where the player types: the mode, the input, earlier lines to recall, commands to pick, and the
lines that wait for the reply under way.
"""

from collections import deque
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message

from dungeon.commands.command import SLASH
from dungeon.files.line_history import LineHistory
from dungeon.files.unsent_lines import UnsentLine
from dungeon.story import Kind
from dungeon.tui.widgets.prompt_input import PromptInput
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.suggestions import Suggestions

MODES = (Kind.DO, Kind.SAY, Kind.STORY)
"""In the order in which Tab goes through them."""

_PLACEHOLDERS = {
    Kind.DO: "What do you do?",
    Kind.SAY: "What do you say?",
    Kind.STORY: "Write what happens",
}


_GO_ON = "  Enter alone lets the story go on"
_ROOM_TO_GO_ON = 62
"""Columns of the bar in which the hint behind the placeholder of do mode fits."""


class PromptBar(Vertical):
    """The mode, the input, the suggestions over it, and the lines that wait."""

    @dataclass
    class Submitted(Message):
        """The player has sent a line."""

        line: str
        mode: Kind

    def __init__(self, history: LineHistory) -> None:
        """`history` has what the Up key recalls."""
        super().__init__(id="prompt-bar")
        self.mode = Kind.DO
        self._waiting: deque[PromptBar.Submitted] = deque()
        self._history = history
        self._position = len(history.lines)
        self._unsent = ""

    def compose(self) -> ComposeResult:
        """Yield the suggestions over the input."""
        yield Suggestions()
        yield SafeStatic(classes="waiting")
        with Horizontal(id="prompt"):
            yield SafeStatic(self.mode.value.title(), classes=f"mode {self.mode.value}")
            yield PromptInput(_PLACEHOLDERS[self.mode])

    @property
    def input(self) -> PromptInput:
        """The input."""
        return self.query_one(PromptInput)

    @property
    def text(self) -> str:
        """What stands in the input."""
        return self.input.text

    def set_text(self, text: str, mode: Kind | None = None) -> None:
        """Put `text` into the input, and the cursor behind it."""
        if mode in MODES:
            self.set_mode(mode)
        self.input.put(text)
        self._position = len(self._history.lines)

    @property
    def unsent(self) -> UnsentLine:
        """What stands in the input, or else the line that has waited longest; and its mode."""
        if self._waiting and not self.text.strip():
            return UnsentLine(self._waiting[0].line, self._waiting[0].mode.value)
        return UnsentLine(self.text, self.mode.value)

    def restore(self, unsent: UnsentLine | None) -> None:
        """Put what was kept into the input, if anything; the Up key recalls it as well."""
        if unsent is not None:
            self.add_to_history(unsent.text)
            self.set_text(unsent.text, next((kind for kind in MODES if kind == unsent.mode), None))

    def clear(self) -> bool:
        """Empty the input; return whether something stood there, which the Up key then recalls."""
        text, recalled = self.text, self._history.lines[self._position : self._position + 1]
        if text.strip() and recalled != [text]:
            self.add_to_history(text)
        self.set_text("")
        return bool(text.strip())

    def give_back(self, line: str) -> None:
        """Put `line` back into the input, unless something else stands there.

        It is selected: what the player types next replaces it, and an arrow key edits it.
        """
        if not self.text:
            self.set_text(line)
            self.input.select_all()

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
        if problem := self._history.add(line):
            self.app.notify(problem, severity="warning", markup=False)
        self._position = len(self._history.lines)

    def set_mode(self, mode: Kind) -> None:
        """Type in `mode` from now on."""
        self.mode = mode
        label = self.query_one(".mode", SafeStatic)
        label.update(mode.value.title())
        label.set_classes(f"mode {mode.value}")
        self._show_placeholder()

    def _show_placeholder(self) -> None:
        has_room = self.size.width >= _ROOM_TO_GO_ON
        hint = _GO_ON if self.mode is Kind.DO and has_room else ""
        self.input.placeholder = _PLACEHOLDERS[self.mode] + hint

    def on_resize(self) -> None:
        """Fit the placeholder to the new width."""
        self._show_placeholder()

    @on(PromptInput.BarKey)
    def _handle_key(self, event: PromptInput.BarKey) -> None:
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
        lines = self._history.lines
        if self._position == len(lines):
            self._unsent = self.text
        position = min(max(self._position + step, 0), len(lines))
        if position != self._position:
            self.set_text([*lines, self._unsent][position])
            self._position = position

    @on(PromptInput.Changed)
    def _suggest(self, event: PromptInput.Changed) -> None:
        event.stop()
        recalled = self._history.lines[self._position : self._position + 1]
        # Nothing opens over a line that is recalled or given back: Up and Down recall others.
        is_new = recalled != [self.text] and self.input.selected_text != self.text
        self.query_one(Suggestions).show_for(self.text if is_new else "")

    @on(Suggestions.OptionSelected)
    def _submit_suggestion(self, event: Suggestions.OptionSelected) -> None:
        event.stop()
        self.input.focus()
        typed, self.input.text = self.text, ""
        self._submit_or_complete(self.query_one(Suggestions).completed(), typed)

    @on(PromptInput.Entered)
    def _submit_input(self, event: PromptInput.Entered) -> None:
        event.stop()
        suggestions = self.query_one(Suggestions)
        line = suggestions.completed() if suggestions.is_open else event.text
        self._submit_or_complete(line, typed=event.text)

    def _submit_or_complete(self, line: str, typed: str) -> None:
        """Send `line`, unless it completes to a command that still needs an argument."""
        if line.startswith(SLASH) and line.endswith(" ") and line != typed:
            self.set_text(line + self.text)
        else:
            self.set_text(self.text)
            self.post_message(self.Submitted(line.strip(), self.mode))
