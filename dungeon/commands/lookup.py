"""Find a command by its name, by the beginning of it, or by what was probably meant."""

from collections.abc import Sequence
from difflib import get_close_matches

from dungeon.commands.command import SLASH, Command
from dungeon.errors import InputRefused
from dungeon.text import clean_line

_LONGEST_TYPO = 30
"""Characters of a name that is compared with those of commands, and that is shown."""


def find_command(commands: Sequence[Command], name: str) -> Command:
    """Return the command called `name`, or the only one whose name begins so.

    Raises InputRefused where there is none, with the one that may be meant, or more than one.
    """
    name = name.lower()
    by_name = {each: command for command in commands for each in (command.name, *command.aliases)}
    if name in by_name:
        return by_name[name]
    near = [command for command in commands if name and command.name.startswith(name)]
    match near:
        case [command]:
            return command
        case []:
            shown = clean_line(name[:_LONGEST_TYPO])
            advice = _advice(name, by_name)
            raise InputRefused(f"There is no command {SLASH}{shown}. {advice}")
        case _:
            names = ", ".join(f"{SLASH}{command.name}" for command in near)
            raise InputRefused(f"{SLASH}{clean_line(name)} may mean {names}.")


def _advice(name: str, by_name: dict[str, Command]) -> str:
    """Return a question after the name that is most like `name`, or where all names are.

    The first letter of a word is seldom the wrong one.
    """
    same = [each for each in by_name if each[:1] == name[:1] and len(name) <= _LONGEST_TYPO]
    near = get_close_matches(name, same, n=1)
    return f"Did you mean {SLASH}{near[0]}?" if near else f"{SLASH}help lists them all."
