"""Provides the keys of the play screen, made from the commands: each key is said once, in COMMANDS.

Knows nothing of what the commands do.
"""

from textual.binding import Binding
from textual.keys import format_key

from dungeon.commands import COMMANDS, Command

IN_FOOTER = ("stop", "retry", "undo", "redo", "edit", "help")
"""The commands that the footer shows while they are possible, in its order; help tells the rest.
All of them at once fit into 80 columns, beside the keys that are the app's own."""


def bindings() -> list[Binding]:
    """Return a binding for every command that has a key. Its id is the command's name."""
    return [
        Binding(
            command.key,
            f"command('{command.name}')",
            command.name.title(),
            id=command.name,
            show=command.name in IN_FOOTER,
            tooltip=command.summary,
        )
        for command in sorted(COMMANDS, key=_place)
        if command.key and command.name != "quit"  # the app's own, wherever the player is
    ]


def _place(command: Command) -> int:
    return IN_FOOTER.index(command.name) if command.name in IN_FOOTER else len(IN_FOOTER)


def key_of(command: Command, chosen: "dict[str, str]") -> str:
    """Return the command's key as a person reads it; `chosen` holds the player's own."""
    keys = chosen.get(command.name, command.key)
    return ", ".join(_said(key) for key in keys.split(",") if key)


def _said(key: str) -> str:
    *with_, last = key.split("+")
    return "+".join([*(part.title() for part in with_), format_key(last).title()])
