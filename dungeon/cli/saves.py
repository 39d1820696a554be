"""`grue saves`: list, show, search, export, import, check, back up and delete adventures."""

import functools
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from dungeon import story
from dungeon.errors import InputRefused, NotSaved, SavesDamaged, SavesError
from dungeon.home import Home
from dungeon.story import Adventure
from dungeon.text import clean_line
from dungeon.transfer import grue_json, plain_text, reading

if TYPE_CHECKING:
    from dungeon.saves.library import Library

P = ParamSpec("P")

NOTHING_YET = "No adventures yet. `grue play` begins one."

_FORMATS: dict[str, Callable[[Adventure], str]] = {
    "grue": grue_json.write,
    "text": plain_text.write,
}
"""What `export --format` takes; the first is the default."""

_DATA_DIR = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="The folder everything is kept in."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
@_DATA_DIR
@click.pass_context
def saves(context: click.Context, data_dir: Path | None) -> None:
    """List, show, search, export, import and check saved adventures."""
    context.obj = data_dir


def _at_home(command: Callable[Concatenate[Home, P], None]) -> Callable[..., None]:
    """Give a command its Home, from its own --data-dir or from the group's."""

    def found(groups: Path | None, /, *args: P.args, **options: P.kwargs) -> None:
        own: Any = options.pop("data_dir", None)
        command(Home.find(own or groups), *args, **options)

    functools.update_wrapper(found, command)
    return _DATA_DIR(click.pass_obj(found))


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


@saves.command("list")
@_JSON
@_at_home
def list_(home: Home, as_json: bool) -> None:
    """List every adventure, the one played last first."""
    summaries = []
    if home.saves.exists():
        with _library(home) as library:
            summaries = library.summaries()
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
@click.argument("adventure_id", metavar="ID")
@_JSON
@_at_home
def show(home: Home, adventure_id: str, as_json: bool) -> None:
    """Print an adventure; the beginning of its ID is enough."""
    adventure, damage = _load(home, adventure_id)
    if as_json:
        line = [turn.id for turn in adventure.line()]
        _print_json({**grue_json.document(adventure), "line": line})
    else:
        _print(plain_text.write(adventure).rstrip("\n"))
    if damage:
        raise damage


@saves.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
@_JSON
@_at_home
def search(home: Home, query: Sequence[str], limit: int, as_json: bool) -> None:
    """Find the turns that hold every word of QUERY, in every adventure and branch."""
    hits = []
    if home.saves.exists():
        with _library(home) as library:
            hits = library.search(" ".join(query), limit)
    if as_json:
        _print_json([asdict(hit) for hit in hits])
        return
    for hit in hits:
        _print(f"{hit.adventure_id}  {hit.title}\n    {hit.snippet}")
    if not hits:
        click.echo("No turn holds all of that.", err=True)


@saves.command()
@_JSON
@_at_home
def check(home: Home, as_json: bool) -> None:
    """Look for damage, turn by turn; exits 1 where there is any."""
    from dungeon.saves.integrity import Report, examine

    there = home.saves.exists()
    report = examine(home.saves) if there else Report(home.saves)
    if as_json:
        _print_json({"good": report.good, **asdict(report)})
    for problem in report.problems:
        click.echo(problem, err=True)
    if not report.good:
        raise SavesDamaged(_what_to_do(home, report.good_backup))
    found = f"Adventures: {report.adventures}, turns: {report.turns}, damaged: none."
    click.echo(found if there else NOTHING_YET, err=as_json or not there)


def _what_to_do(home: Home, good_backup: Path | None) -> str:
    if good_backup is None:
        return "There is no good backup. `grue saves export` still writes what can be read."
    return (
        f"The newest good backup is {good_backup}. To go back to it, close every Grue, move "
        f"{home.saves} away, and copy the backup to that name."
    )


# ── Carrying away and bringing in ────────────────────────────────────────────────────────────────


@saves.command()
@click.argument("adventure_id", metavar="ID")
@click.option(
    "--format", "format_", type=click.Choice(list(_FORMATS)), default=next(iter(_FORMATS))
)
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
@_at_home
def export(home: Home, adventure_id: str, format_: str, output: Path | None, force: bool) -> None:
    """Write an adventure to FILE or to standard output: whole (grue), or its transcript (text)."""
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
@_at_home
def import_(home: Home, files: Sequence[Path]) -> None:
    """Bring in adventures: Grue's own exports, and transcripts with `> ` lines.

    An adventure that is here already is left as it is; the file's becomes another one.
    """
    refused = 0
    for file in files:
        try:
            adventure = reading.read_file(file)
        except InputRefused as error:
            click.echo(f"grue: {error}", err=True)
            refused += 1
            continue
        with _library(home) as library:
            adventure = _stored(library, adventure)
        _print(f"{adventure.id}  {adventure.title}")
    if refused:
        raise InputRefused(f"{refused} of {len(files)} files could not be brought in.")


def _stored(library: "Library", adventure: Adventure) -> Adventure:
    """Store the adventure, under a new id where its own is taken; return what was stored."""
    try:
        library.create(adventure)
    except InputRefused:
        adventure = replace(adventure, id=story.new_id())
        library.create(adventure)
    return adventure


# ── Keeping well ─────────────────────────────────────────────────────────────────────────────────


@saves.command()
@click.argument("adventure_id", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_at_home
def delete(home: Home, adventure_id: str, yes: bool) -> None:
    """Delete an adventure with all its branches, after a backup of everything."""
    with _library(home, existing=adventure_id) as library:
        whole_id = library.find(adventure_id)
        title = next(found.title for found in library.summaries() if found.id == whole_id)
        if not yes:
            _confirm(f"Delete “{title}” ({whole_id}) with all its branches?")
        library.delete(whole_id)
    click.echo(f"Deleted “{title}”. The backup made before holds it still.", err=True)


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise InputRefused("Nobody is there to be asked. Say --yes to delete without a question.")
    click.confirm(question, abort=True, err=True)


@saves.command()
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path))
@_at_home
def backup(home: Home, output: Path | None) -> None:
    """Copy all saves to FILE, or into the folder of backups; safe while the game is open."""
    if not home.saves.exists():
        raise InputRefused(NOTHING_YET)
    with _library(home) as library:
        _print(str(library.backup(output)))


# ── Shared ───────────────────────────────────────────────────────────────────────────────────────


def _library(home: Home, existing: str = "") -> "Library":
    """Open the saves. With `existing`, an adventure's id, refuse where there is no file yet."""
    if existing and not home.saves.exists():
        raise InputRefused(f"There is no adventure {clean_line(existing)!r}. {NOTHING_YET}")
    from dungeon.saves.library import Library

    return Library.open(home.saves, back_up=False)


def _load(home: Home, adventure_id: str) -> tuple[Adventure, SavesError | None]:
    """Return the adventure, and what is wrong with it, to be said after it has been shown."""
    with _library(home, existing=adventure_id) as library:
        from dungeon.saves.mapping import TurnsDamaged

        try:
            return library.load(adventure_id), None
        except TurnsDamaged as damage:
            return damage.adventure, damage


def _write(output: Path, data: bytes, *, force: bool) -> None:
    """Write a file that is there whole or not at all, and replaces none unless asked to."""
    from dungeon import atomic_file

    part = atomic_file.temporary_path(output)
    try:
        part.write_bytes(data)
        atomic_file.commit(part, output, overwrite=force)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise NotSaved(f"{output} was not written: {reason}. Name another place.") from None
    finally:
        part.unlink(missing_ok=True)


def _print(text: str) -> None:
    """Print for people; what the terminal's encoding lacks becomes a question mark."""
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace"))


def _print_json(document: Any) -> None:
    """Print for scripts: one JSON document in UTF-8, whatever the terminal speaks."""
    written = json.dumps(document, ensure_ascii=False, indent=2, default=_json_ready)
    click.echo(written.encode())


def _json_ready(value: object) -> str:
    """Return the moments and paths among what the saves say as JSON knows them."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
