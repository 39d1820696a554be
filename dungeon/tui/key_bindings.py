"""The keys of the play screen, made from the commands."""

from collections.abc import Mapping

from textual.binding import Binding
from textual.keys import format_key

from dungeon.commands.command import Command
from dungeon.commands.table import COMMANDS

FOOTER_COMMANDS = ("stop", "retry", "undo", "redo", "edit", "help")
"""The commands that the footer shows while they are available, in its order; help lists the rest.
All of them together fit into 80 columns, beside the keys of the app."""


def command_bindings() -> list[Binding]:
    """Return a binding for every command that has a key. Its id is the command's name."""
    return [
        Binding(
            command.key,
            f"command('{command.name}')",
            command.name.title(),
            id=command.name,
            show=command.name in FOOTER_COMMANDS,
            tooltip=command.summary,
        )
        for command in sorted(COMMANDS, key=_footer_position)
        if command.key and command.name != "quit"  # the app has it, on every screen
    ]


def _footer_position(command: Command) -> int:
    return (
        FOOTER_COMMANDS.index(command.name)
        if command.name in FOOTER_COMMANDS
        else len(FOOTER_COMMANDS)
    )


def command_of_key(key: str, own_keys: Mapping[str, str]) -> Command | None:
    """Return the command that `key` is for, if there is one."""
    return next((each for each in COMMANDS if key in _keys(each, own_keys).split(",")), None)


def _keys(command: Command, own_keys: Mapping[str, str]) -> str:
    return own_keys.get(command.name, command.key)


def key_label(command: Command, own_keys: Mapping[str, str]) -> str:
    """Return the command's keys for reading; `own_keys` are the player's, by binding id."""
    return label_keys(_keys(command, own_keys))


def label_keys(keys: str) -> str:
    """Return keys as Textual names them, for reading: "Ctrl+R, F7"."""
    return ", ".join(_label(key.strip()) for key in keys.split(",") if key)


def _label(key: str) -> str:
    *modifiers, last = key.split("+")
    return "+".join([*(part.title() for part in modifiers), format_key(last).title()])
