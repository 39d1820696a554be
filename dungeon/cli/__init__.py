"""The `grue` command; each subcommand is imported when it is used."""

import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from dungeon import __version__
from dungeon.cli.command_group import CommandGroup
from dungeon.errors import INTERRUPTED, GrueError, InputRefused
from dungeon.files.disk_room import is_disk_full
from dungeon.text import clean
from dungeon.text.wrapping import wrap_for


class _Command(NamedTuple):
    """A subcommand, described without importing it."""

    place: str
    summary: str
    extra: str = ""
    """The extra of the distribution that it needs."""


_COMMANDS = {
    "play": _Command("dungeon.cli.play:play", "Open the game."),
    "saves": _Command(
        "dungeon.cli.saves:saves", "List, show, search, export, import and back up adventures."
    ),
    "scenarios": _Command("dungeon.cli.scenarios:scenarios", "List, install and remove scenarios."),
    "scripts": _Command(
        "dungeon.cli.scripts:scripts", "List, trust and copy scripts that change the game."
    ),
    "models": _Command("dungeon.cli.models:models", "List, fetch and describe models."),
    "serve": _Command(
        "dungeon.cli.serve:serve", "Serve a model to many players and OpenAI clients.", "serve"
    ),
    "web": _Command("dungeon.cli.web:web", "Play in a browser.", "web"),
    "doctor": _Command("dungeon.cli.doctor:doctor", "Check what playing needs on this machine."),
    "stories": _Command(
        "corpus_scraper.cli.stories:stories", "Scrape, import and check stories.", "corpus"
    ),
    "corpus": _Command(
        "corpus_scraper.cli.corpus:corpus", "Build a training corpus and report on it.", "corpus"
    ),
    "train": _Command("training.cli.train:train", "Fine-tune a model on a corpus.", "train"),
    "evaluate": _Command("training.cli.evaluate:evaluate", "Evaluate a model.", "train"),
    "export": _Command("training.cli.export:export", "Export a model, and publish it.", "train"),
}


class _Lazy(CommandGroup):
    """A group that imports a subcommand's module only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand called `cmd_name`, or None."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].place.partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            raise _extra_missing(cmd_name, error) from error
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand, which may import optional packages only then."""
        try:
            return super().invoke(ctx)
        except ModuleNotFoundError as error:
            raise _extra_missing(ctx.invoked_subcommand or "", error) from error

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name and the summary of every subcommand, without importing one."""
        return [(name, command.summary) for name, command in _COMMANDS.items()]


def _extra_missing(name: str, error: ModuleNotFoundError) -> GrueError:
    """Return the error for an installation without the extra that a subcommand needs.

    A missing module of our own is a bug, and is raised again.
    """
    missing = (error.name or "").partition(".")[0]
    extra = _COMMANDS[name].extra if name in _COMMANDS else ""
    if not extra or missing in ("dungeon", "corpus_scraper", "training"):
        raise error
    return GrueError(
        f"`grue {name}` needs {missing}, which playing does not. Install it with: "
        f"pip install 'grue[{extra}]'"
    )


@click.group(
    cls=_Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="grue")
@click.pass_context
def grue(ctx: click.Context) -> None:
    """A text adventure that writes itself. `grue` alone opens the game."""
    if ctx.invoked_subcommand is None:
        from dungeon.cli.play import play

        ctx.invoke(play)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit. A GrueError becomes a sentence without a traceback."""
    _replace_unencodable(sys.stdout, sys.stderr)
    try:
        exit_code = grue.main(args=arguments, prog_name="grue", standalone_mode=False)
        sys.exit(exit_code if isinstance(exit_code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        _show(error)
        sys.exit(error.exit_code)
    except GrueError as error:
        told = f"grue: {clean(str(error))}"  # it may contain text from a file
        click.echo(wrap_for(sys.stderr, told), err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # a pipe that was closed, a full disk behind standard output
        _abandon_output()
        if not isinstance(error, BrokenPipeError):
            place = error.filename or "The output"
            click.echo(f"grue: {clean(str(place))}: {error.strerror or error}.", err=True)
        sys.exit(InputRefused.exit_code if is_disk_full(error) else GrueError.exit_code)


def _show(error: click.ClickException) -> None:
    """Say what is wrong with the command line; a group that was called alone shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2 and later
        error.show()
        return
    from dungeon.cli.usage_errors import explain

    click.echo(wrap_for(sys.stderr, f"grue: {explain(error)}"), err=True)


def _abandon_output() -> None:
    """Drop what standard output still holds, which Python would try to write again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _replace_unencodable(*streams: object) -> None:
    """Let `streams` write `?` for what their encoding lacks, instead of ending the program."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):  # None under pythonw, and tests may use others
            stream.reconfigure(errors="replace")
