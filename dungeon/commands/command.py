"""What a command is: its name, what it does, and when it is available."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dungeon.commands.effects import Effect
from dungeon.errors import InputRefused
from dungeon.story import Kind
from dungeon.text import clean_line
from dungeon.turns.game import Game

SLASH = "/"
"""What a typed command begins with."""

_SHOWN = 40
"""Characters of an argument that are named where it is refused."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a player can ask for."""

    name: str
    summary: str
    run: Callable[[Game, str], Awaitable[Effect]]
    unavailable_reason: Callable[[Game], str] = lambda _game: ""
    """Why it cannot be used now, as a sentence; empty where it can."""
    usage: str = ""
    """The argument, as help shows it; in brackets where it may be left out."""
    details: str = ""
    """What else its help says, in sentences."""
    aliases: tuple[str, ...] = ()
    """Other names players know it by from other games."""
    key: str = ""
    """The key of the terminal interface, by Textual's name."""
    waits_for_reply: bool = False
    """Whether a line typed while a reply is written is carried out after it, not refused."""
    mode: Kind | None = None
    """The input mode in which a line without a slash runs this command."""

    @property
    def syntax(self) -> str:
        """What is typed for it: `/edit [TEXT]`."""
        return f"{SLASH}{self.name} {self.usage}".rstrip()

    @property
    def description(self) -> str:
        """What it does, on one line, with the other names it has."""
        others = ", ".join(SLASH + alias for alias in self.aliases)
        also = f"Also called {others}." if others else ""
        return " ".join(filter(None, [f"{self.syntax}: {self.summary}.", self.details, also]))

    @property
    def requires_argument(self) -> bool:
        """Whether it can do nothing without an argument."""
        return bool(self.usage) and not self.usage.startswith("[")

    async def __call__(self, game: Game, argument: str = "") -> Effect:
        """Carry the command out. Raises InputRefused where it cannot be used now."""
        if argument and not self.usage:
            surplus = clean_line(argument[:_SHOWN]) + ("…" if len(argument) > _SHOWN else "")
            raise InputRefused(f"Nothing goes behind {self.syntax}: leave out “{surplus}”.")
        if self.requires_argument and not argument:
            name = f"{SLASH}{self.name}"
            stop = "" if self.summary.endswith("?") else "."
            raise InputRefused(f"Say what, behind {name}. {self.syntax}: {self.summary}{stop}")
        if reason := self.unavailable_reason(game):
            raise InputRefused(reason)
        return await self.run(game, argument)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A typed line, parsed."""

    command: Command
    argument: str

    async def run(self, game: Game) -> Effect:
        """Carry the line out. Raises InputRefused where it cannot be done now."""
        return await self.command(game, self.argument)
