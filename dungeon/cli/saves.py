"""`grue saves`: show, search, check, back up and delete adventures, and the group of commands."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dungeon.cli.command_group import CommandGroup
from dungeon.cli.replay import replay
from dungeon.cli.save_access import (
    DATA_DIR,
    ID,
    JSON,
    NOTHING_YET,
    OUTPUT,
    load,
    open_library,
    print_json,
    print_text,
    run_query,
    with_home,
    write,
)
from dungeon.cli.saves_copy import copy
from dungeon.cli.saves_labels import favourite, list_, rename, stats, tag
from dungeon.cli.saves_transfer import export, import_
from dungeon.errors import InputRefused, SavesDamaged
from dungeon.files.home import Home
from dungeon.transfer import grue_json, plain_text

if TYPE_CHECKING:
    from dungeon.saves.integrity import Report


@click.group(cls=CommandGroup)
@DATA_DIR
@click.pass_context
def saves(context: click.Context, data_dir: Path | None) -> None:
    """List, show, search, export, import, check and back up adventures.

    The first characters of an ID are enough.
    """
    context.obj = data_dir


for _command in (list_, rename, tag, favourite, stats):
    saves.add_command(_command)
saves.add_command(export)
saves.add_command(import_)
saves.add_command(replay)
saves.add_command(copy)

# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


@saves.command()
@ID
@JSON
@with_home
def show(home: Home, adventure_id: str, as_json: bool) -> None:
    """Print an adventure."""
    adventure, damage = load(home, adventure_id)
    if as_json:
        path = [turn.id for turn in adventure.path()]
        print_json({**grue_json.document(adventure), "path": path})
    else:
        print_text(plain_text.write(adventure).rstrip("\n"))
    if damage:
        raise damage


@saves.command()
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Maximum of turns."
)
@JSON
@with_home
def search(home: Home, query: Sequence[str], limit: int, as_json: bool) -> None:
    """Find turns that contain every word of QUERY.

    Searches all branches of all adventures. A phrase needs its own quotation marks: '"brass horn"'.
    Each hit is named ID/TURN, as `grue play --adventure` takes it, with the turn's number, and with
    its branch where that is not the line you play. A turn that is in forks or on other branches,
    too, is listed once; --json names all its places.
    """
    from dungeon.session.search_view import no_hits, places_of

    hits = run_query(home, lambda each: each.locate(each.search(" ".join(query), limit)))
    if as_json:
        print_json([asdict(hit) for hit in hits])
        return
    names = [f"{hit.adventure_id}/{hit.turn_id}" for hit in hits]
    for name, hit in zip(names, hits, strict=True):
        print_text(f"{name}  {hit.title}, {places_of(hit)}\n    {hit.snippet}")
    how = f"Open one where it stands with: grue play --adventure {names[0]}" if hits else ""
    click.echo(how or no_hits(" ".join(query)), err=True)


@saves.command()
@JSON
@with_home
def check(home: Home, as_json: bool) -> None:
    """Check every turn for damage; exit with 1 if there is any."""
    from dungeon.saves import integrity

    exists = home.has_saves
    report = integrity.check(home.saves_location) if exists else integrity.Report(home.saves)
    if as_json:
        print_json({"good": report.good, **asdict(report)})
    for problem in report.problems:
        click.echo(problem, err=True)
    if not report.good:
        raise SavesDamaged(_explain_restore(report))
    counts = f"Adventures: {report.adventures}, turns: {report.turns}, damaged: none."
    click.echo(counts if exists else NOTHING_YET, err=as_json or not exists)


def _explain_restore(report: "Report") -> str:
    if isinstance(report.path, str):
        return (
            "Nothing was changed. What is damaged on a server comes back from the server's own "
            "backups, or from a file that `grue saves backup` wrote."
        )
    if report.good_backup is None:
        return "There is no good backup. `grue saves export` still writes what can be read."
    return (
        f"The newest good backup is {report.good_backup}. To go back to it, close every Grue, move "
        f"{report.path} away, and copy the backup to that name."
    )


# ── Preferences ──────────────────────────────────────────────────────────────────────────────────


@saves.command(short_help="Export pairs of replies to train a model on.")
@click.argument("adventure_ids", metavar="[ID]…", nargs=-1)
@OUTPUT(help="Write to FILE instead of standard output.")
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Only pairs whose chosen reply was written since then, like 2026-01-31.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@with_home
def preferences(
    home: Home,
    adventure_ids: Sequence[str],
    output: Path | None,
    since: datetime | None,
    force: bool,
) -> None:
    """Export pairs of replies, chosen and rejected, to train a model on your taste.

    A reply that you retried, edited, undid or stopped is rejected, and the one that you played on
    from instead is chosen. Reads the adventures named by ID, by default all. The file is JSON
    Lines, for `grue train --preferences` and for trl.
    """
    from dungeon.turns import preferences as pairs

    everything = run_query(home, lambda library: library.summaries())
    ids = adventure_ids or [each.id for each in everything]
    adventures = {found.id: (found, damage) for found, damage in (load(home, id_) for id_ in ids)}
    report = pairs.Report()
    lines: list[str] = []
    for adventure, _ in adventures.values():
        with open_library(home) as library:
            found = asyncio.run(pairs.read_pairs(adventure, library, report, since))
        lines += [json.dumps(pair.to_dict(), ensure_ascii=False) + "\n" for pair in found]
    if not lines:
        raise InputRefused(report.nothing_found())
    data = "".join(lines).encode()
    if output is None:
        click.echo(data, nl=False)
    else:
        write(output, data, force=force)
    click.echo(f"{output or 'Standard output'}: {report}", err=True)
    for damage in filter(None, (damage for _, damage in adventures.values())):
        raise damage


# ── Maintenance ──────────────────────────────────────────────────────────────────────────────────


@saves.command()
@ID
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@with_home
def delete(home: Home, adventure_id: str, yes: bool) -> None:
    """Back everything up, then delete an adventure."""
    with open_library(home, existing=adventure_id) as library:
        whole_id = library.find(adventure_id)
        title = next(found.title for found in library.summaries() if found.id == whole_id)
        if not yes:
            _confirm(f"Delete “{title}” ({whole_id}) with all its branches?")
        library.delete(whole_id)
    click.echo(f"Deleted “{title}”. The backup made before still contains it.", err=True)


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise InputRefused(
            "Nobody is there to be asked. Pass --yes to delete without confirmation."
        )
    click.confirm(question, abort=True, err=True)


@saves.command()
@OUTPUT(help="Write to FILE instead of the folder of backups.")
@with_home
def backup(home: Home, output: Path | None) -> None:
    """Back up all adventures, even during a game."""
    if not home.has_saves:
        raise InputRefused(NOTHING_YET)
    with open_library(home) as library:
        print_text(str(library.backup(output)))
