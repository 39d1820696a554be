"""The `grue` command; each subcommand is imported when it is used."""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from dungeon import __version__
from dungeon.errors import GrueError
from dungeon.text import clean

_COMMANDS = {
    "play": "dungeon.cli.play:play",
    "saves": "dungeon.cli.saves:saves",
    "models": "dungeon.cli.models:models",
    "stories": "corpus_scraper.cli.stories:stories",
    "corpus": "corpus_scraper.cli.corpus:corpus",
    "train": "training.cli.train:train",
    "evaluate": "training.cli.evaluate:evaluate",
    "export": "training.cli.export:export",
}
"""Each subcommand and the place of its click command."""

_SUMMARIES = {
    "play": "Open the game.",
    "saves": "List, show, search, export, import, check and back up adventures.",
    "models": "List, fetch and describe models.",
    "stories": "Scrape stories from sites, import them from files, check them.",
    "corpus": "Build a training corpus from stories, and report on it.",
    "train": "Fine-tune a model on a corpus.",
    "evaluate": "Measure a model.",
    "export": "Write a model as a GGUF file.",
}
"""What each subcommand does, in a line."""

_EXTRAS = {"stories": "corpus", "corpus": "corpus"} | dict.fromkeys(
    ("train", "evaluate", "export"), "train"
)
"""The extra of the distribution that a subcommand needs beside what the game needs."""


class _Lazy(click.Group):
    """A group that imports a subcommand's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand called `cmd_name`, or None."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise _extra_missing(cmd_name, error) from error
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; some import what they need only when they need it."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise _extra_missing(ctx.invoked_subcommand or "", error) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the subcommands with their help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _SUMMARIES[name]) for name in _COMMANDS])


def _extra_missing(name: str, error: ModuleNotFoundError) -> GrueError:
    """Return the error message for an installation that lacks what a subcommand needs.

    A missing module of our own is a fault of ours, and is raised as it is.
    """
    missing = (error.name or "").partition(".")[0]
    if name not in _EXTRAS or missing in ("dungeon", "corpus_scraper", "training"):
        raise error
    return GrueError(
        f"`grue {name}` needs {missing}, which playing does not. Install it with: "
        f"pip install 'grue[{_EXTRAS[name]}]'"
    )


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
