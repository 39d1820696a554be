"""Define every command once, for the slash line, the keys, the palette and the help.

A command looks at the game and answers with an effect, which a front end carries out. Text that a
model writes never comes here.
"""

from dungeon.commands.command import SLASH, Command, CommandLine
from dungeon.commands.lookup import find_command
from dungeon.commands.table import COMMANDS, LINE_WITHOUT_COMMAND
from dungeon.story import Kind

_BY_MODE = {command.mode: command for command in COMMANDS if command.mode} | {
    Kind.DO: LINE_WITHOUT_COMMAND
}


def find(name: str) -> Command:
    """Return the command called `name`, or the only one whose name begins so.

    Raises InputRefused where there is none, or more than one.
    """
    return find_command(COMMANDS, name)


def parse_line(line: str, mode: Kind = Kind.DO) -> CommandLine:
    """Return the command that `line` asks for: the one behind its slash, or else that of `mode`.

    An empty line continues the story. Raises InputRefused where there is no such command.
    """
    if line.startswith(SLASH):
        name, *rest = line[len(SLASH) :].split(maxsplit=1) or [""]
        return CommandLine(find(name), "".join(rest).strip())
    argument = line.strip()
    return CommandLine(_BY_MODE[mode if argument else Kind.CONTINUE], argument)


def suggest(line: str) -> list[Command]:
    """Return the commands that `line`, a slash and the beginning of a name, may become.

    The one that is called so comes first: `/edit` is no `/editor`.
    """
    if not line.startswith(SLASH) or " " in line or "\n" in line:
        return []
    prefix = line.removeprefix(SLASH).lower()
    by_name = [command for command in COMMANDS if command.name.startswith(prefix)]
    by_alias = [
        command
        for command in COMMANDS
        if prefix and command not in by_name and any(a.startswith(prefix) for a in command.aliases)
    ]
    return sorted(by_name + by_alias, key=lambda c: prefix not in (c.name, *c.aliases))
