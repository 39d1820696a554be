"""The line under the story that says what is going on, or what went wrong."""

from itertools import cycle

from textual.widget import Widget

from dungeon.tui.widgets.safe_text import SafeStatic

_DOTS = ("·", "· ·", "· · ·", "· ·")

_DOTS_INTERVAL = 0.35
"""Seconds between two frames of the dots."""


class ActivityLine(SafeStatic):
    """A quiet line; coloured where something went wrong."""

    def __init__(self) -> None:
        super().__init__(id="activity")
        self._dots = cycle(_DOTS)
        self._activity = ""

    @property
    def is_busy(self) -> bool:
        """Whether an activity is shown."""
        return bool(self._activity)

    def on_mount(self) -> None:
        """Animate the dots."""
        self.set_interval(_DOTS_INTERVAL, self._advance_dots)

    def show_activity(self, activity: str) -> None:
        """Show what is being done, until something else is shown."""
        self.set_classes("busy")
        self._activity = activity
        self._draw("" if self.app.animation_level == "none" else next(self._dots))

    def show_message(self, sentence: str) -> None:
        """Show a sentence; an empty one clears the line."""
        self._show("", sentence)

    def show_warning(self, sentence: str) -> None:
        """Show what went wrong."""
        self._show("warning", sentence)

    def _show(self, classes: str, sentence: str) -> None:
        self.set_classes(classes)
        self._activity = ""
        self.update(sentence)
        if isinstance(self.parent, Widget):  # on a small screen others make room for a sentence
            self.parent.set_class(bool(sentence), "-told")

    def _advance_dots(self) -> None:
        if self._activity and self.app.animation_level != "none":
            self._draw(next(self._dots))

    def _draw(self, dots: str) -> None:
        """Show the activity with its dots; without any it stays a word."""
        self.update(f"{self._activity}  {dots}" if dots else f"{self._activity}…")
