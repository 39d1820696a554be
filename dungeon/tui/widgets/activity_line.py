"""Provides Foot: the line under the story that says what is going on, or what went wrong.

Knows nothing of games: it is told.
"""

from itertools import cycle

from dungeon.tui.widgets.safe_text import SafeStatic

_DOTS = ("·", "· ·", "· · ·", "· ·")

_BEAT = 0.35
"""Seconds between two looks of the dots."""


class ActivityLine(SafeStatic):
    """A quiet line; loud where something went wrong."""

    def __init__(self) -> None:
        super().__init__(name="foot")
        self._dots = cycle(_DOTS)
        self._doing = ""

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        return bool(self._doing)

    def on_mount(self) -> None:
        """Let the dots move while something is being done, where things may move."""
        if self.app.animation_level != "none":
            self.set_interval(_BEAT, self._move)

    def busy(self, doing: str) -> None:
        """Say what is being done, until something else is said."""
        self.set_classes("busy")
        self._doing = doing
        self._draw("· · ·" if self.app.animation_level == "none" else next(self._dots))

    def say(self, sentence: str) -> None:
        """Say `sentence` quietly; an empty one says nothing."""
        self._rest("", sentence)

    def warn(self, sentence: str) -> None:
        """Say what went wrong."""
        self._rest("wrong", sentence)

    def _rest(self, look: str, sentence: str) -> None:
        self.set_classes(look)
        self._doing = ""
        self.update(sentence)

    def _move(self) -> None:
        if self._doing:
            self._draw(next(self._dots))

    def _draw(self, dots: str) -> None:
        self.update(f"{self._doing}  {dots}")
