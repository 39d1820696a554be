"""The command `grue scenarios`: list, install and remove scenarios and packs of them.

Results go to standard output, messages to standard error.
"""

import sys
from pathlib import Path

import click

from dungeon import scenarios as known
from dungeon.cli.command_group import CommandGroup
from dungeon.cli.save_access import DATA_DIR, JSON, print_json, with_home
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.scenarios import pack_store
from dungeon.scenarios.pack_source import read_source
from dungeon.story import Scenario
from dungeon.text.counts import count
from dungeon.text.error_words import did_you_mean, in_quotes


@click.group(cls=CommandGroup)
@DATA_DIR
@click.pass_context
def scenarios(context: click.Context, data_dir: Path | None) -> None:
    """List, install and remove scenarios, and packs of them."""
    context.obj = data_dir


@scenarios.command("list")
@JSON
@with_home
def list_(home: Home, as_json: bool) -> None:
    """List all scenarios, by genre, with the packs they come from."""
    found = known.available(home.scenarios, on_error=lambda error: click.echo(error, err=True))
    available = [known.preview(each) for each in found]
    origins = _origins(home)
    if as_json:
        print_json([_row(each, origins.get(each.name, _SHIPPED)) for each in available])
        return
    for genre, group in known.group_by_genre(available, known.own_files(home.scenarios)):
        click.echo(f"{genre}:")
        for each in group:
            mark = f" ({origins[each.name]})" if each.name in origins else ""
            click.echo(f"  {each.name:<12} {each.title}{mark}")
    for pack in pack_store.installed_packs(home.scenarios):
        manifest = pack.manifest
        by = f" by {manifest.author}" if manifest.author else ""
        licence = manifest.licence or "no licence stated"
        click.echo(f"Pack {pack.name}: {manifest.title}{by}, {licence}.", err=True)


@scenarios.command(short_help="Install a scenario or a pack from a file or URL.")
@click.argument("source", metavar="FILE|URL")
@with_home
def install(home: Home, source: str) -> None:
    """Install a scenario (.toml) or a pack (a zip file or a folder) from FILE or URL.

    Nothing is replaced: a scenario whose name is taken gets another one.
    """
    pack = read_source(source)
    taken = {*known.own_files(home.scenarios), *known.shipped_names()}
    done = pack_store.install(pack, home.scenarios, taken)
    for scenario in map(known.preview, done.scenarios):
        click.echo(f"{scenario.name}  {scenario.title}")
    for sentence in (*done.renamed, *(f"Not installed: {each}" for each in pack.skipped)):
        click.echo(sentence, err=True)
    number = len(done.scenarios)
    what = f"{number} scenario{'s' if number > 1 else ''}"
    click.echo(f"Installed {what} as {done.name}. Play: grue play --scenario "
               f"{done.scenarios[0].name}", err=True)  # fmt: skip


@scenarios.command(short_help="Remove a pack, or a scenario of your own.")
@click.argument("name", metavar="NAME")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@with_home
def remove(home: Home, name: str, yes: bool) -> None:
    """Remove a pack, or a scenario of your own. Adventures that began with it stay."""
    packs = {pack.name: pack for pack in pack_store.installed_packs(home.scenarios)}
    own = known.own_files(home.scenarios)
    if name in packs:
        number = len(packs[name].scenarios)
        _confirm(f"Remove the pack {name} with its {count(number, 'scenario')}?", yes=yes)
        pack_store.remove_pack(name, home.scenarios)
    elif name in own and own[name].parent != home.scenarios:
        raise InputRefused(
            f"{name} is part of a pack. Remove the whole pack: "
            f"grue scenarios remove {own[name].parent.name}"
        )
    elif name in own:
        _confirm(f"Remove the scenario {name} ({own[name]})?", yes=yes)
        pack_store.remove_file(own[name])
    elif name in known.shipped_names():
        raise InputRefused(f"{name} comes with Grue and cannot be removed.")
    else:
        raise InputRefused(
            f"There is no pack or scenario of yours called {in_quotes(name)}."
            f"{did_you_mean(name, (*packs, *own))} `grue scenarios list` shows all of them."
        )
    click.echo(f"Removed {name}.", err=True)


_SHIPPED = "Grue"


def _origins(home: Home) -> dict[str, str]:
    """Return where each scenario that does not come with Grue is from, by its name."""
    return {
        name: "yours" if path.parent == home.scenarios else f"pack {path.parent.name}"
        for name, path in known.own_files(home.scenarios).items()
    }


def _row(scenario: Scenario, origin: str) -> dict[str, str]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "genre": scenario.genre,
        "summary": scenario.summary,
        "origin": origin,
    }


def _confirm(question: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputRefused("Nobody is there to be asked. Pass --yes to remove without asking.")
    click.confirm(question, abort=True, err=True)
