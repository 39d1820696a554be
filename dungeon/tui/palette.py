"""Provides the game's commands for the command palette: those that are possible now.

Knows nothing of what they do.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from dungeon.commands import COMMANDS, Command
from dungeon.tui.screens.play import PlayScreen


class GameCommands(Provider):
    """Every command of the game that needs no words behind it and is not blocked."""

    async def discover(self) -> Hits:
        """Yield all of them."""
        for command in self._possible():
            yield DiscoveryHit(command.name.title(), self._use(command), help=command.summary)

    async def search(self, query: str) -> Hits:
        """Yield those that `query` may mean."""
        matcher = self.matcher(query)
        for command in self._possible():
            said = f"{command.name.title()}: {command.summary}"
            if (score := matcher.match(said)) > 0:
                yield Hit(score, matcher.highlight(said), self._use(command))

    def _possible(self) -> Iterator[Command]:
        screen = self.screen
        if not isinstance(screen, PlayScreen):
            return
        for command in COMMANDS:
            wants_words = command.usage and not command.usage.startswith("[")
            if not wants_words and not command.blocked(screen.game):
                yield command

    def _use(self, command: Command) -> Callable[[], Awaitable[None]]:
        screen = self.screen
        assert isinstance(screen, PlayScreen)  # noqa: S101 - _possible yields nothing elsewhere
        return partial(screen.action_command, command.name)
