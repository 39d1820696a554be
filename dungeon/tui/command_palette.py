"""What the command palette offers: the commands that are available now, and the app's own.

One provider, because Textual asks several at once and lists whichever answers first.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from dungeon.commands.table import COMMANDS
from dungeon.tui.screens.play import PlayScreen


class PaletteCommand(NamedTuple):
    """One line of the palette."""

    name: str
    help: str
    run: Callable[[], Any]


class CommandProvider(Provider):
    """The commands that need no argument and are available, then the app's own."""

    async def discover(self) -> Hits:
        """Yield all of them, in the order of the help."""
        for command in self._available():
            yield DiscoveryHit(command.name, command.run, help=command.help)

    async def search(self, query: str) -> Hits:
        """Yield those that match `query`."""
        matcher = self.matcher(query)
        for command in self._available():
            text = f"{command.name}: {command.help}"
            if (score := matcher.match(text)) > 0:
                yield Hit(score, matcher.highlight(text), command.run)

    def _available(self) -> Iterator[PaletteCommand]:
        screen = self.screen
        if isinstance(screen, PlayScreen):
            for command in COMMANDS:
                if not command.requires_argument and not command.unavailable_reason(screen.game):
                    run = partial(screen.action_command, command.name)
                    yield PaletteCommand(command.name.title(), command.summary, run)
        for name, summary, callback, *_ in self.app.get_system_commands(screen):
            yield PaletteCommand(name, summary, callback)
