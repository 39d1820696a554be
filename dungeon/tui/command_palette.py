"""Provides what the command palette offers: the game's commands that are possible now, the theme.

One provider, because Textual asks several at once and lists whichever answers first. Knows nothing
of what the commands do.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from dungeon.commands import COMMANDS, Command
from dungeon.tui.screens.play import PlayScreen


class PaletteCommand(NamedTuple):
    """One line of the palette."""

    name: str
    help: str
    run: Callable[[], Any]


class CommandProvider(Provider):
    """The game's commands that need no words and are not blocked, then the app's own."""

    async def discover(self) -> Hits:
        """Yield all of them, in the order in which help tells them."""
        for offer in self._offers():
            yield DiscoveryHit(offer.name, offer.run, help=offer.help)

    async def search(self, query: str) -> Hits:
        """Yield those that `query` may mean."""
        matcher = self.matcher(query)
        for offer in self._offers():
            said = f"{offer.name}: {offer.help}"
            if (score := matcher.match(said)) > 0:
                yield Hit(score, matcher.highlight(said), offer.run)

    def _offers(self) -> Iterator[PaletteCommand]:
        screen = self.screen
        if isinstance(screen, PlayScreen):
            for command in filter(partial(_possible, screen), COMMANDS):
                use = partial(screen.action_command, command.name)
                yield PaletteCommand(command.name.title(), command.summary, use)
        for name, summary, run, *_ in self.app.get_system_commands(screen):
            yield PaletteCommand(name, summary, run)


def _possible(screen: PlayScreen, command: Command) -> bool:
    return not command.requires_argument and not command.unavailable_reason(screen.game)
