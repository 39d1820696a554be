"""`grue saves`: list, show, search, export, import, check, back up and delete adventures."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from dungeon import story, transfer
from dungeon.atomic_file import atomic_write
from dungeon.cli.replay import replay
from dungeon.errors import InputRefused, NotSaved, SavesDamaged, SavesError
from dungeon.home import Home
from dungeon.story import Adventure
from dungeon.text import clean_line
from dungeon.transfer import grue_json, plain_text

if TYPE_CHECKING:
    from dungeon.saves.library import Library

P = ParamSpec("P")
T = TypeVar("T")

NOTHING_YET = "No adventures yet. `grue play` begins one."

_FORMATS: dict[str, Callable[[Adventure], str]] = {
    "grue": grue_json.write,
    "text": plain_text.write,
}
"""The values of `export --format`; the first is the default."""

_DATA_DIR = click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of saves, models and settings.",
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_ID = click.argument("adventure_id", metavar="ID")
_OUTPUT = partial(click.option, "-o", "--output", metavar="FILE", type=click.Path(path_type=Path))


@click.group()
@_DATA_DIR
@click.pass_context
def saves(context: click.Context, data_dir: Path | None) -> None:
    """List, show, search, export, import, check and back up adventures.

    The first characters of an ID are enough.
    """
    context.obj = data_dir


saves.add_command(replay)


def _with_home(command: Callable[Concatenate[Home, P], None]) -> Callable[..., None]:
    """Pass a Home to a command, from its own --data-dir or the one of the group."""

    def wrapper(group_dir: Path | None, /, *args: P.args, **options: P.kwargs) -> None:
        own_dir: Any = options.pop("data_dir", None)
        command(Home.find(own_dir or group_dir), *args, **options)

    return _DATA_DIR(click.pass_obj(update_wrapper(wrapper, command)))


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


@saves.command("list")
@_JSON
@_with_home
def list_(home: Home, as_json: bool) -> None:
    """List every adventure, the most recent one first."""
    summaries = _query(home, lambda library: library.summaries())
    if as_json:
        _print_json([asdict(summary) for summary in summaries])
        return
    for summary in summaries:
        turns = f"{summary.turns} turn{'' if summary.turns == 1 else 's'}"
        changed = summary.changed.astimezone().strftime("%Y-%m-%d %H:%M")
        _print(f"{summary.id}  {changed}  {turns:>10}  {summary.title}")
    if not summaries:
        click.echo(NOTHING_YET, err=True)


@saves.command()
@_ID
@_JSON
@_with_home
def show(home: Home, adventure_id: str, as_json: bool) -> None:
    """Print an adventure."""
    adventure, damage = _load(home, adventure_id)
    if as_json:
        path = [turn.id for turn in adventure.path()]
        _print_json({**grue_json.document(adventure), "path": path})
    else:
        _print(plain_text.write(adventure).rstrip("\n"))
    if damage:
        raise damage


@saves.command()
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Maximum of turns."
)
@_JSON
@_with_home
def search(home: Home, query: Sequence[str], limit: int, as_json: bool) -> None:
    """Find turns that contain every word of QUERY.

    Searches all branches of all adventures. A phrase needs its own quotation marks: '"brass horn"'.
    """
    hits = _query(home, lambda library: library.search(" ".join(query), limit))
    if as_json:
        _print_json([asdict(hit) for hit in hits])
        return
    for hit in hits:
        _print(f"{hit.adventure_id}  {hit.title}\n    {hit.snippet}")
    if not hits:
        click.echo("No turn holds all of that.", err=True)


@saves.command()
@_JSON
@_with_home
def check(home: Home, as_json: bool) -> None:
    """Check every turn for damage; exit with 1 if there is any."""
    from dungeon.saves import integrity

    exists = home.saves.exists()
    report = integrity.check(home.saves) if exists else integrity.Report(home.saves)
    if as_json:
        _print_json({"good": report.good, **asdict(report)})
    for problem in report.problems:
        click.echo(problem, err=True)
    if not report.good:
        raise SavesDamaged(_explain_restore(home, report.good_backup))
    counts = f"Adventures: {report.adventures}, turns: {report.turns}, damaged: none."
    click.echo(counts if exists else NOTHING_YET, err=as_json or not exists)


def _explain_restore(home: Home, good_backup: Path | None) -> str:
    if good_backup is None:
        return "There is no good backup. `grue saves export` still writes what can be read."
    return (
        f"The newest good backup is {good_backup}. To go back to it, close every Grue, move "
        f"{home.saves} away, and copy the backup to that name."
    )


# ── Export and import ────────────────────────────────────────────────────────────────────────────


@saves.command()
@_ID
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(_FORMATS)),
    default=next(iter(_FORMATS)),
    show_default=True,
    help="grue: everything, for import; text: the transcript.",
)
@_OUTPUT(help="Write to FILE instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@_with_home
def export(home: Home, adventure_id: str, format_: str, output: Path | None, force: bool) -> None:
    """Export an adventure."""
    adventure, damage = _load(home, adventure_id)
    data = _FORMATS[format_](adventure).encode()
    if output is None:
        click.echo(data, nl=False)
    else:
        _write(output, data, force=force)
        click.echo(f"Wrote {output}.", err=True)
    if damage:
        raise damage


@saves.command("import")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--max-bytes", type=click.IntRange(min=1), metavar="N", default=transfer.MAX_BYTES,
              show_default=True, help="Largest file to read.")  # fmt: skip
@_with_home
def import_(home: Home, files: Sequence[Path], max_bytes: int) -> None:
    """Import exports of Grue, or transcripts.

    In a transcript, the player's lines begin with `> `. Nothing is replaced: an adventure that is
    here already gets a second copy.
    """
    refused = 0
    for file in files:
        try:
            adventure = transfer.read_file(file, max_bytes=max_bytes)
        except InputRefused as error:
            click.echo(f"grue: {error}", err=True)
            refused += 1
            continue
        with _library(home) as library:
            adventure = _store(library, adventure)
        _print(f"{adventure.id}  {adventure.title}")
    if refused:
        raise InputRefused(f"{refused} of {len(files)} files could not be imported.")


def _store(library: "Library", adventure: Adventure) -> Adventure:
    """Store the adventure, with a new id if its own is taken; return what was stored."""
    try:
        library.create(adventure)
    except InputRefused:
        adventure = replace(adventure, id=story.new_id())
        library.create(adventure)
    return adventure


@saves.command(short_help="Export pairs of replies to train a model on.")
@click.argument("adventure_ids", metavar="[ID]…", nargs=-1)
@_OUTPUT(help="Write to FILE instead of standard output.")
@click.option(
    "--since",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    help="Only pairs whose chosen reply was written since then, like 2026-01-31.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@_with_home
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
    from dungeon import preferences as pairs

    ids = adventure_ids or _query(home, lambda library: [each.id for each in library.summaries()])
    adventures = {found.id: (found, damage) for found, damage in (_load(home, id_) for id_ in ids)}
    report = pairs.Report()
    lines: list[str] = []
    for adventure, _ in adventures.values():
        with _library(home) as library:
            found = asyncio.run(pairs.read_pairs(adventure, library, report, since))
        lines += [json.dumps(pair.to_dict(), ensure_ascii=False) + "\n" for pair in found]
    if not lines:
        raise InputRefused(report.nothing_found())
    data = "".join(lines).encode()
    if output is None:
        click.echo(data, nl=False)
    else:
        _write(output, data, force=force)
    click.echo(f"{output or 'Standard output'}: {report}", err=True)
    for damage in filter(None, (damage for _, damage in adventures.values())):
        raise damage


# ── Maintenance ──────────────────────────────────────────────────────────────────────────────────


@saves.command()
@_ID
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@_with_home
def delete(home: Home, adventure_id: str, yes: bool) -> None:
    """Back everything up, then delete an adventure."""
    with _library(home, existing=adventure_id) as library:
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
@_OUTPUT(help="Write to FILE instead of the folder of backups.")
@_with_home
def backup(home: Home, output: Path | None) -> None:
    """Back up all adventures, even during a game."""
    if not home.saves.exists():
        raise InputRefused(NOTHING_YET)
    with _library(home) as library:
        _print(str(library.backup(output)))


# ── Shared ───────────────────────────────────────────────────────────────────────────────────────


def _query(home: Home, query: "Callable[[Library], list[T]]") -> list[T]:
    """Return the result of a query, which is empty if there is no file yet."""
    if not home.saves.exists():
        return []
    with _library(home) as library:
        return query(library)


def _library(home: Home, existing: str = "") -> "Library":
    """Open the saves. With `existing`, an adventure's id, it must exist."""
    if existing and not home.saves.exists():
        raise InputRefused(f"There is no adventure {clean_line(existing)!r}. {NOTHING_YET}")
    from dungeon.saves.library import Library

    return Library.open(home.saves, back_up=False)


def _load(home: Home, adventure_id: str) -> tuple[Adventure, SavesError | None]:
    """Return the adventure, and an error to raise after showing it if some turns are damaged."""
    with _library(home, existing=adventure_id) as library:
        from dungeon.saves.mapping import TurnsDamaged

        try:
            return library.load(adventure_id), None
        except TurnsDamaged as damage:
            return damage.adventure, damage


def _write(output: Path, data: bytes, *, force: bool) -> None:
    """Write a file atomically; it replaces an existing one only with `force`."""
    try:
        with atomic_write(output, overwrite=force) as file:
            file.write(data)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise NotSaved(f"{output} was not written: {reason}. Name another place.") from None


def _print(text: str) -> None:
    """Print for people; characters that the terminal's encoding lacks become question marks."""
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace"))


def _print_json(document: Any) -> None:
    """Print for scripts, in UTF-8 whatever the terminal's encoding; times in ISO 8601."""

    def convert(value: object) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=convert).encode())
