"""Provides the logo: the name in blocks, and a pair of eyes that lurk in it.

Knows nothing of the game.
"""

from textual.content import Content

from dungeon.tui.widgets.safe_text import SafeStatic

_LETTERS = (
    "▄▀▀▀▀▀▄  █▀▀▀▀▀▄  █     █  █▀▀▀▀▀▀",
    "█        █     █  █ {eyes} █  █      ",
    "█   ▀▀█  █▀▀█▀▀   █     █  █▀▀▀▀  ",
    "▀▄▄▄▄▄▀  █   ▀▄▄  ▀▄▄▄▄▄▀  █▄▄▄▄▄▄",
)

_OPEN, _SHUT = "● ●", "─ ─"

BLINK_EVERY = 5.0
"""Seconds between two blinks."""

BLINK_FOR = 0.18
"""Seconds the eyes stay shut."""


class Logo(SafeStatic):
    """The name and the eyes."""

    def __init__(self) -> None:
        super().__init__(_drawn(_OPEN))

    def on_mount(self) -> None:
        """Begin to blink, where things may move."""
        if self.app.animation_level != "none":
            self.set_interval(BLINK_EVERY, self._blink)

    def _blink(self) -> None:
        self.update(_drawn(_SHUT))
        self.set_timer(BLINK_FOR, lambda: self.update(_drawn(_OPEN)))


def _drawn(eyes: str) -> Content:
    before, _, after = "\n".join(_LETTERS).partition("{eyes}")
    return Content.assemble((before, "$primary"), (eyes, "bold $accent"), (after, "$primary"))
