"""The command `grue scripts`: list scripts, trust files, and copy the examples.

Results go to standard output, messages to standard error.
"""

import sys
from importlib.resources import files
from pathlib import Path

import click

from dungeon.cli.command_group import CommandGroup
from dungeon.cli.save_access import DATA_DIR, JSON, print_json, with_home
from dungeon.commands.scripts import trust_question
from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.files.home import Home
from dungeon.scripts.library import FoundScript, ScriptLibrary
from dungeon.session.script_views import script_lines
from dungeon.settings import load
from dungeon.text import clean_path
from dungeon.text.error_words import did_you_mean, in_quotes


@click.group(cls=CommandGroup)
@DATA_DIR
@click.pass_context
def scripts(context: click.Context, data_dir: Path | None) -> None:
    """List scripts, trust them, and copy the examples.

    A script is Python that may change your action, the prompt and the reply of every turn.
    """
    context.obj = data_dir


@scripts.command("list")
@JSON
@with_home
def list_(home: Home, as_json: bool) -> None:
    """List all scripts, whether they are on, and their settings."""
    library = _library(home)
    if as_json:
        print_json([_row(each) for each in library.find()])
        return
    for line in script_lines(library):
        click.echo(line)


@scripts.command(short_help="Let a file of the scripts folder run.")
@click.argument("name", metavar="NAME")
@click.option("--sha256", "digits", default="", metavar="DIGITS", help="Its hash, unasked.")
@with_home
def trust(home: Home, name: str, digits: str) -> None:
    """Let the file NAME.py of the scripts folder run, as long as it stays as it is.

    It runs with all your rights. Read it first.
    """
    library = _library(home)
    found = library.get(name)
    if not digits:
        if not found.is_file:
            raise InputRefused(f"{name} was installed by a package, and needs no trust.")
        if found.is_trusted:
            raise InputRefused(f"{name} is trusted already.")
        if not sys.stdin.isatty():
            raise InputRefused(f"{trust_question(found)} Then pass --sha256 {found.short_hash}")
        click.confirm(f"{trust_question(found)}\nTrust it?", abort=True, err=True)
        digits = found.sha256
    trusted = library.trust(name, digits)
    problem = f": it {trusted.problem}" if trusted.problem else "."
    click.echo(f"{name} is {trusted.status}{problem}", err=True)


@scripts.command()
@click.argument("name", metavar="NAME")
@with_home
def revoke(home: Home, name: str) -> None:
    """Trust the file NAME.py no longer."""
    _library(home).revoke(name)
    click.echo(f"{name} is not trusted any more, and off.", err=True)


@scripts.command(short_help="Copy an example into the scripts folder.")
@click.argument("name", metavar="NAME", required=False, default="")
@with_home
def copy(home: Home, name: str) -> None:
    """Copy the example NAME into the scripts folder, where it is off until you trust it.

    Without NAME the examples are listed.
    """
    examples = {
        Path(each.name).stem: each
        for each in files("dungeon.scripts.examples").iterdir()
        if each.name.endswith(".py") and not each.name.startswith("_")
    }
    if not name:
        click.echo("\n".join(sorted(examples)))
        return
    if name not in examples:
        raise InputRefused(
            f"There is no example {in_quotes(name)}.{did_you_mean(name, examples)} "
            "`grue scripts copy` lists them."
        )
    path = home.scripts / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(path, overwrite=False) as file:
            file.write(examples[name].read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotSaved(f"{clean_path(path)} could not be written: {reason}.") from error
    click.echo(f"{clean_path(path)} is there. Trust it with: grue scripts trust {name}", err=True)


def _library(home: Home) -> ScriptLibrary:
    chosen = load(home.settings)
    return ScriptLibrary(
        home.scripts, home.trusted_scripts, off=chosen.scripts_off, values=chosen.script_settings
    )


def _row(found: FoundScript) -> dict[str, object]:
    return {
        "name": found.name,
        "status": str(found.status),
        "origin": found.origin,
        "sha256": found.sha256,
        "problem": found.problem,
        "settings": dict(found.values),
    }
