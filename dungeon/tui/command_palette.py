"""What the command palette offers: the commands that are available now, what the screen's keys do,
and the app's own.

One provider, because Textual asks several at once and lists whichever answers first.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import Matcher

from dungeon.commands.table import COMMANDS
from dungeon.tui.key_bindings import label_keys
from dungeon.tui.screens.play import PlayScreen

_NAME, _BEGINNING = 0.5, 0.9
"""The least score of an entry whose name matches, and of one whose name begins so."""


class PaletteCommand(NamedTuple):
    """One line of the palette."""

    name: str
    help: str
    run: Callable[[], Any]
    keys: str = ""
    """For reading: "Ctrl+R"; empty where there are none."""

    @property
    def title(self) -> Content:
        """The name, and the keys where there are some."""
        return Content.assemble(self.name, (f"   {self.keys}" if self.keys else "", "$text-muted"))


class CommandProvider(Provider):
    """The commands that need no argument and are available, then the app's own."""

    async def discover(self) -> Hits:
        """Yield all of them, in the order of the help."""
        for command in self._available():
            about = command.help or None
            yield DiscoveryHit(command.title, command.run, text=command.name, help=about)

    async def search(self, query: str) -> Hits:
        """Yield those that match `query`: by name first, then by what they do."""
        matcher = self.matcher(query)
        for command in self._available():
            if (score := rank(matcher, command)) > 0:
                name = matcher.highlight(command.name)
                shown = Content.assemble(name, command.title[len(command.name) :])
                yield Hit(score, shown, command.run, text=command.name, help=command.help or None)

    def _available(self) -> Iterator[PaletteCommand]:
        if isinstance(self.screen, PlayScreen) and not self.screen.story.chosen:
            yield from self._game_commands(self.screen)
        else:
            yield from self._screen_actions()
        for name, summary, callback, *_ in self.app.get_system_commands(self.screen):
            yield PaletteCommand(name, summary, callback)

    def _game_commands(self, screen: PlayScreen) -> Iterator[PaletteCommand]:
        keys: dict[str, list[str]] = {}
        for key, (_, binding, *_) in screen.active_bindings.items():
            keys.setdefault(binding.id or "", []).append(label_keys(key))
        for command in COMMANDS:
            if not command.requires_argument and not command.unavailable_reason(screen.game):
                run = partial(screen.action_command, command.name)
                its_keys = ", ".join(keys.get(command.name, ()))
                yield PaletteCommand(command.name.title(), command.summary, run, its_keys)

    def _screen_actions(self) -> Iterator[PaletteCommand]:
        """Yield what the keys of the screen do, since not all of them may fit the footer."""
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled and node is not self.app:
                run = partial(self.app.run_action, binding.action, node)
                keys = label_keys(binding.key)
                yield PaletteCommand(binding.description, "", run, keys)


def rank(matcher: Matcher, command: PaletteCommand) -> float:
    """Return the score of an entry, from 0 to 1: a match of its name before one of its help."""
    name, query = command.name.lower(), matcher.query.lower()
    if name.startswith(query):
        return _BEGINNING + 0.1 * len(query) / len(name)
    if (score := matcher.match(command.name)) > 0:
        return _NAME + (_BEGINNING - _NAME) * _below_one(score)
    return _NAME * _below_one(matcher.match(command.help))


def _below_one(score: float) -> float:
    """Return a score of Textual's, which has no bound, between 0 and 1 in the same order."""
    return score / (score + 10)
