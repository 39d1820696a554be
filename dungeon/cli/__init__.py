"""Provides the `grue` command: what it is called with, and where each subcommand lives.

A subcommand's module is imported only when that subcommand runs, so `grue --help` and the title
screen pay for nothing they do not use. Exit codes: 0 done, 2 the input was refused, 1 all else.
"""

import importlib
import sys
from collections.abc import Sequence

import click

from dungeon import __version__
from dungeon.errors import GrueError
from dungeon.text import clean

_COMMANDS = {
    "play": "dungeon.cli.play:play",
    "saves": "dungeon.cli.saves:saves",
    "models": "dungeon.cli.models:models",
}
"""Each subcommand and the place of its click command."""

_LATER = {
    "stories": "scraping and importing stories",
    "corpus": "building a corpus",
    "train": "fine-tuning a model",
    "evaluate": "measuring a model",
    "export": "exporting a model",
}
"""Subcommands that are promised and not there yet."""


class _Lazy(click.Group):
    """A group that imports a subcommand's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand called `cmd_name`, or None."""
        if cmd_name in _LATER:
            return _not_there_yet(cmd_name)
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


def _not_there_yet(name: str) -> click.Command:
    def refuse(_rest: tuple[str, ...]) -> None:
        raise GrueError(
            f"`grue {name}` ({_LATER[name]}) is not there yet in version {__version__}."
        )

    rest = click.Argument(["_rest"], nargs=-1, type=click.UNPROCESSED)
    settings = {"ignore_unknown_options": True}
    return click.Command(name, callback=refuse, params=[rest], context_settings=settings)


@click.group(
    cls=_Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="grue")
@click.pass_context
def grue(ctx: click.Context) -> None:
    """A text adventure that writes itself. `grue` alone opens the game."""
    if ctx.invoked_subcommand is None:
        from dungeon.cli.play import play

        ctx.invoke(play)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. An error Grue can explain becomes a sentence, no traceback."""
    try:
        exit_code = grue.main(args=arguments, prog_name="grue", standalone_mode=False)
        sys.exit(exit_code if isinstance(exit_code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GrueError as error:
        click.echo(f"grue: {clean(str(error))}", err=True)  # it may name a file, or quote one
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
