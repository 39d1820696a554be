"""A footer that shows as many keys as fit; the palette has them all."""

import re
from collections.abc import Iterable
from typing import Any

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_GAP = 3
"""Columns beside the words of a key: the space before its description, and the margin."""

_PALETTE_WIDTH = 12
"""Columns of the palette's key at the right end."""

_LEADS_BACK = re.compile(r"(?:dismiss|back|leave|end_choice)(?:\(|\Z)")
"""The actions that leave a screen; their key is always shown."""


class KeyFooter(Footer):
    """Keys in the order of the screen's bindings; those of the app give way first."""

    def __init__(self, *, palette: bool = False) -> None:
        """`palette` shows the key of the palette also where every other key fits."""
        super().__init__(show_command_palette=True, compact=True)
        self._palette = palette
        self._shown: object = None
        """What was composed last: the keys that were offered, and the room for them."""

    def compose(self) -> ComposeResult:
        """Yield the keys that fit."""
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        palette = [key for key in keys if key.has_class("-command-palette")]
        others = [key for key in keys if key not in palette]
        room = self.size.width or self.screen.size.width - self.styles.padding.width
        beside_palette = room - _PALETTE_WIDTH if palette else room
        fitting = fit(others, beside_palette if self._palette else room)
        is_whole = not any(rank_of(key) < _KNOWN for key in others if key not in fitting)
        if not is_whole:
            fitting = fit(others, beside_palette)
        yield from fitting
        if self._palette or not is_whole:
            yield from palette

    def bindings_changed(self, screen: Screen[Any]) -> None:
        """Compose anew where other keys are offered; the signal comes with every change of focus
        and every refresh.
        """
        if screen is not self.screen or not screen.app.app_focus:
            return
        offered = [
            (active.binding, active.enabled)
            for active in screen.active_bindings.values()
            if active.binding.show
        ]
        if (shown := (self.size.width, offered)) != self._shown:
            self._shown = shown
            super().bindings_changed(screen)

    def on_resize(self) -> None:
        """Fit the new width."""
        self.bindings_changed(self.screen)


def fit(keys: Iterable[FooterKey], room: int) -> list[FooterKey]:
    """Return the keys that fit into `room` columns: what leads back, then the first ones."""
    shown = list(keys)
    ranked = sorted(shown, key=rank_of)  # a stable sort: within a rank, the order stays
    while ranked and sum(map(_width, ranked)) > room:
        shown.remove(ranked.pop())
    return shown


_KNOWN = 2
"""The rank of keys that are the same everywhere, and known without the footer."""


def rank_of(key: FooterKey) -> int:
    """Return when a key gives way: the highest first, what leads back last."""
    if _LEADS_BACK.match(key.action):
        return 0
    return _KNOWN if key.key in ("ctrl+q", "tab") else 1


def _width(key: FooterKey) -> int:
    return cell_len(key.key_display) + cell_len(key.description) + _GAP
