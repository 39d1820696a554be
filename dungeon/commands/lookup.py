"""Find a command by its name, by the beginning of it, or by what was probably meant."""

from collections.abc import Sequence

from dungeon.commands.command import SLASH, Command
from dungeon.errors import InputRefused
from dungeon.text.error_words import did_you_mean, in_quotes


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
            guess = did_you_mean(name, by_name, mark=SLASH) or f" {SLASH}help lists them all."
            raise InputRefused(f"There is no command {in_quotes(SLASH + name)}.{guess}")
        case _:
            names = ", ".join(f"{SLASH}{command.name}" for command in near)
            raise InputRefused(f"{in_quotes(SLASH + name)} may mean {names}.")
