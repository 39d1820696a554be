"""The text area of the prompt: it grows with its lines, and Enter sends them."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from dungeon.tui.widgets.safe_text import SafeTextArea

_SWIPES = {"left": "-", "right": "+"}
"""The keys that show another reply while nothing is typed, and what /swipe takes for each."""

_SEND, _NEW_LINE = ("enter",), ("ctrl+j", "shift+enter", "alt+enter")

HANDLED_KEYS = {
    _SEND: "Sends the line; alone it lets the story go on",
    _NEW_LINE: "Begins another line",
    tuple(_SWIPES): "In an empty line: the reply before or after this one",
}
"""The keys that are no bindings, with what they do, for the help."""

_RECALL = "Bring back what you typed before"
_MOVE, _SELECT = "Move the cursor", "Select"
_DELETE, _DELETE_WORD = "Delete a letter", "Delete a word"
_UNDO = "Undo and redo your typing"


class PromptInput(SafeTextArea, inherit_bindings=False):
    """Lines to type in. It hands the keys that concern the whole prompt to it.

    The keys of TextArea are listed again, since some of them belong to commands here.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "bar_key('tab', 1)", "Mode", show=True, id="mode",
                tooltip="The next mode: do, say, story; or completes a command"),
        Binding("shift+tab", "bar_key('tab', -1)", show=False, id="mode_back",
                tooltip="The mode before"),
        Binding("up", "vertical(-1)", show=False, id="earlier_line", tooltip=_RECALL),
        Binding("down", "vertical(1)", show=False, id="later_line", tooltip=_RECALL),
        Binding("left", "cursor_left", show=False, tooltip=_MOVE),
        Binding("right", "cursor_right", show=False, tooltip=_MOVE),
        Binding("ctrl+left", "cursor_word_left", show=False, tooltip=_MOVE),
        Binding("ctrl+right", "cursor_word_right", show=False, tooltip=_MOVE),
        Binding("home,ctrl+a", "cursor_line_start", show=False, tooltip=_MOVE),
        Binding("end,ctrl+e", "cursor_line_end", show=False, tooltip=_MOVE),
        Binding("shift+left", "cursor_left(True)", show=False, tooltip=_SELECT),
        Binding("shift+right", "cursor_right(True)", show=False, tooltip=_SELECT),
        Binding("shift+up", "cursor_up(True)", show=False, tooltip=_SELECT),
        Binding("shift+down", "cursor_down(True)", show=False, tooltip=_SELECT),
        Binding("ctrl+shift+left", "cursor_word_left(True)", show=False, tooltip=_SELECT),
        Binding("ctrl+shift+right", "cursor_word_right(True)", show=False, tooltip=_SELECT),
        Binding("shift+home", "cursor_line_start(True)", show=False, tooltip=_SELECT),
        Binding("shift+end", "cursor_line_end(True)", show=False, tooltip=_SELECT),
        Binding("backspace", "delete_left", show=False, tooltip=_DELETE),
        Binding("delete,ctrl+d", "delete_right", show=False, tooltip=_DELETE),
        Binding("ctrl+w,ctrl+backspace,alt+backspace", "delete_word_left", show=False,
                tooltip=_DELETE_WORD),
        Binding("alt+delete", "delete_word_right", show=False, tooltip=_DELETE_WORD),
        Binding("ctrl+u,super+backspace", "delete_to_start_of_line", show=False,
                tooltip="Delete what is before the cursor"),
        Binding("ctrl+k", "delete_to_end_of_line", show=False,
                tooltip="Delete what is behind the cursor"),
        Binding("ctrl+c,super+c", "copy", show=False, tooltip="Copy what is selected"),
        Binding("super+x", "cut", show=False, tooltip="Cut what is selected"),
        Binding("ctrl+v", "paste", show=False, tooltip="Paste"),
        Binding("super+z", "undo", show=False, tooltip=_UNDO),
        Binding("super+y", "redo", show=False, tooltip=_UNDO),
    ]  # fmt: skip

    @dataclass
    class BarKey(Message):
        """A key for the whole prompt was pressed."""

        key: str
        step: int

    @dataclass
    class Entered(Message):
        """Enter was pressed: the text is out of the input."""

        text: str

    @dataclass
    class Swiped(Message):
        """The player asks for the reply before or after the current one."""

        direction: str

    def __init__(self, placeholder: str) -> None:
        super().__init__(
            id="prompt-input",
            compact=True,
            highlight_cursor_line=False,
            placeholder=placeholder,
        )

    async def _on_key(self, event: events.Key) -> None:
        # Not bindings: the keys that arrive in one packet with Enter would come first.
        if event.key in _SWIPES and not self.text:
            self.post_message(self.Swiped(_SWIPES[event.key]))
        elif event.key in _SEND:
            self.post_message(self.Entered(self.text))
            self.text = ""
        elif event.key in _NEW_LINE:
            self.insert_at_cursor("\n")
        else:
            return
        event.stop()
        event.prevent_default()

    def put(self, text: str) -> None:
        """Hold `text`, with the cursor behind it."""
        self.text = text
        self.move_cursor(self.document.end)

    def action_bar_key(self, key: str, step: int) -> None:
        """Hand the key to the prompt."""
        self.post_message(self.BarKey(key, step))

    def action_vertical(self, step: int) -> None:
        """Move the cursor a line up or down; beyond the first or last line, hand the key on."""
        here, lines = self.cursor_location, self.navigator
        if step < 0 and not lines.is_first_wrapped_line(here):
            self.action_cursor_up()
        elif step > 0 and not lines.is_last_wrapped_line(here):
            self.action_cursor_down()
        else:
            self.action_bar_key("move", step)
