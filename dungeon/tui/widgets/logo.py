"""The logo: the name in blocks, and a pair of eyes that lurk in it."""

from textual.content import Content

from dungeon.tui.widgets.safe_text import SafeStatic

_LETTERS = (
    "▄▀▀▀▀▀▄  █▀▀▀▀▀▄  █     █  █▀▀▀▀▀▀",
    "█        █     █  █ {eyes} █  █      ",
    "█   ▀▀█  █▀▀█▀▀   █     █  █▀▀▀▀  ",
    "▀▄▄▄▄▄▀  █   ▀▄▄  ▀▄▄▄▄▄▀  █▄▄▄▄▄▄",
)

_OPEN, _SHUT = "● ●", "─ ─"

BLINK_INTERVAL = 5.0
"""Seconds between two blinks."""

BLINK_SECONDS = 0.18
"""Seconds the eyes stay shut."""


class Logo(SafeStatic):
    """The name and the eyes."""

    def __init__(self) -> None:
        super().__init__(_render_logo(_OPEN))

    def on_mount(self) -> None:
        """Begin to blink."""
        self.set_interval(BLINK_INTERVAL, self._blink)

    def _blink(self) -> None:
        if self.app.animation_level == "none":
            return
        self.update(_render_logo(_SHUT))
        self.set_timer(BLINK_SECONDS, lambda: self.update(_render_logo(_OPEN)))


def _render_logo(eyes: str) -> Content:
    before, _, after = "\n".join(_LETTERS).partition("{eyes}")
    return Content.assemble((before, "$primary"), (eyes, "bold $accent"), (after, "$primary"))
