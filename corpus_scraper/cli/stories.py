"""Provides `grue stories`: taking stories from sites and files, and checking what was taken.

What a script reads goes to standard output, messages and progress go to standard error. Knows
nothing of formats, sites or graphs.
"""

import importlib
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from corpus_scraper.formats.story_file import load
from corpus_scraper.formats.transcripts.zmachine import parse_commands
from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph, read_stories, write_stories
from corpus_scraper.importer import ImportSummary, import_stories
from corpus_scraper.licences import licence_class
from corpus_scraper.statistics import MAX_EXACT_PATHS, GraphStatistics, graph_statistics, total
from dungeon.errors import InputRefused
from dungeon.text import clean_line

REFUSED = 2
"""The exit code where something that was asked for could not be done."""

MOST_NAMED = 5
"""How many passages a report names of each kind; it says how many more there are."""


_SCRAPE_SUMMARY = "Scrape stories from sites into a file."


class _Stories(click.Group):
    """The group; `scrape` needs the `corpus` extra and is imported only when it is invoked."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the subcommands in the order of their use."""
        return ["scrape", "import", "check"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the subcommand called `cmd_name`, or None."""
        if cmd_name != "scrape":
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module("corpus_scraper.cli.scrape").scrape
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the subcommands with their help, without importing `scrape`."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [("scrape", _SCRAPE_SUMMARY)]
                + [(name, self.commands[name].get_short_help_str()) for name in ("import", "check")]
            )


@click.group(cls=_Stories)
def stories() -> None:
    """Scrape stories from sites, import them from files, check them."""


# ── import ───────────────────────────────────────────────────────────────────────────────────────


@stories.command("import", short_help="Import stories from files and folders.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file the stories go to, one JSON document a line.",
)
@click.option(
    "--commands",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Commands to play a Z-machine game with, one a line.",
)
@click.option(
    "--licence",
    default=UNKNOWN_LICENCE,
    help="The SPDX identifier of stories that no file tells a licence of.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def import_(
    context: click.Context,
    paths: tuple[Path, ...],
    output: Path,
    commands: Path | None,
    licence: str,
    as_json: bool,
) -> None:
    """Import the stories of files and folders: Twine, ink, ChoiceScript, books and more."""
    if licence != UNKNOWN_LICENCE and licence_class(licence) == "unknown":
        click.echo(
            f"{clean_line(licence)} is no licence that Grue knows: a corpus leaves its stories out "
            "unless told otherwise. SPDX calls them CC0-1.0, CC-BY-SA-4.0 and the like.",
            err=True,
        )
    tally = ImportSummary()
    played = _commands(commands)
    with _Progress(tally) as progress:
        graphs = import_stories(
            paths, tally, commands=played, licence=licence, on_file=progress.show
        )
        written = _write(output, graphs, tally)
    for sentence in tally.warnings:
        click.echo(f"warning  {sentence}", err=True)
    for sentence in tally.refused:
        click.echo(f"refused  {sentence}", err=True)
    if as_json:
        click.echo(json.dumps(_imported(tally, output, written), indent=2, ensure_ascii=False))
    else:
        _tell_import(tally, output, written)
    if tally.refused or not written:
        context.exit(REFUSED)


def _commands(path: Path | None) -> list[str]:
    if path is None:
        return []
    path = path.resolve()
    commands = parse_commands(load(path, path.parent).text)
    if not commands:
        raise InputRefused(f"{path} has no commands. Write one a line, as you would type them.")
    return commands


def _write(output: Path, graphs: Iterator[StoryGraph], tally: ImportSummary) -> int:
    """Write the stories, and return how many; nothing is written where there are none."""
    first = next(graphs, None)
    if first is None:
        return 0
    try:
        return write_stories(output, _and(first, graphs))
    except OSError as error:
        raise InputRefused(f"{output} cannot be written: {error.strerror}.") from error


def _and(first: StoryGraph, others: Iterable[StoryGraph]) -> Iterator[StoryGraph]:
    yield first
    yield from others


def _imported(tally: ImportSummary, output: Path, written: int) -> dict[str, Any]:
    return {
        "output": str(output) if written else None,
        "stories": written,
        "formats": {
            kind: {
                "stories": number,
                "passages": tally.passages[kind],
                "words": tally.words[kind],
            }
            for kind, number in tally.stories.most_common()
        },
        "skipped": tally.skipped,
        "links": tally.links,
        "refused": tally.refused,
    }


def _tell_import(tally: ImportSummary, output: Path, written: int) -> None:
    for kind, number in tally.stories.most_common():
        click.echo(
            f"{kind:<14} {number:>6,} {_plural('story', number):<8}"
            f"{tally.passages[kind]:>9,} passages {tally.words[kind]:>11,} words"
        )
    rest = [
        f"{tally.skipped:,} files are in no story format" if tally.skipped else "",
        f"{tally.links:,} links were not followed" if tally.links else "",
        f"{len(tally.refused):,} could not be read" if tally.refused else "",
    ]
    if told := ", ".join(filter(None, rest)):
        click.echo(f"{told}.", err=True)
    if written:
        click.echo(f"{written:,} {_plural('story', written)} written to {output}.", err=True)
    else:
        click.echo("No story was found, and nothing was written.", err=True)


class _Progress:
    """One line on a terminal that says how far it is; nothing anywhere else."""

    def __init__(self, tally: ImportSummary) -> None:
        self._tally = tally
        self._lively = sys.stderr.isatty()
        self._shown = 0

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        self._put("")

    def show(self, place: str) -> None:
        """Say which file is looked at."""
        self._put(f"{self._tally.files:,} files  {clean_line(place)[-60:]}")

    def _put(self, line: str) -> None:
        if self._lively:
            click.echo(f"\r{line:<{self._shown}}\r{line}", err=True, nl=False)
            self._shown = len(line)


# ── check ────────────────────────────────────────────────────────────────────────────────────────


@stories.command(short_help="Count passages, choices, endings and paths.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(file: Path, as_json: bool) -> None:
    """Count what is in FILE: passages, choices, endings, ways through, and what leads nowhere."""
    counts: list[GraphStatistics] = []
    for graph in read_stories(file):
        counts.append(graph_statistics(graph))
        if not as_json:
            _tell(counts[-1])
    if as_json:
        each = [_row(one) for one in counts]
        click.echo(
            json.dumps({"all": total(counts), "stories": each}, indent=2, ensure_ascii=False)
        )
        return
    _tell_total(counts)


def _row(one: GraphStatistics) -> dict[str, Any]:
    row = asdict(one)
    row["paths"] = one.paths if one.paths < MAX_EXACT_PATHS else None
    row["log10_paths"] = round(one.log10_paths, 2) if math.isfinite(one.log10_paths) else None
    return row


def _tell(one: GraphStatistics) -> None:
    click.echo(clean_line(f"{one.title} ({one.id})"))
    click.echo(
        f"  {one.passages:,} passages, {one.choices:,} choices, {one.endings:,} endings, "
        f"{one.words:,} words; licence {clean_line(one.licence)}"
    )
    click.echo(f"  {_ways_through(one)}")
    _tell_ids("lead nowhere and are no endings", one.dead_ends)
    _tell_ids("cannot be reached", one.unreachable)
    _tell_ids("are led to and do not exist", one.missing)


def _ways_through(one: GraphStatistics) -> str:
    if one.paths >= MAX_EXACT_PATHS:
        ways = f"about 10^{one.log10_paths:.0f} ways through"
    else:
        ways = f"{one.paths:,} {_plural('way', one.paths)} through"
    return f"{ways}, and {one.loops:,} back" if one.loops else ways


def _tell_ids(what: str, ids: Sequence[str]) -> None:
    if not ids:
        return
    named = ", ".join(clean_line(each)[:40] for each in ids[:MOST_NAMED])
    more = f" and {len(ids) - MOST_NAMED:,} more" if len(ids) > MOST_NAMED else ""
    click.echo(f"  {len(ids):,} {what}: {named}{more}")


def _tell_total(counts: list[GraphStatistics]) -> None:
    all_ = total(counts)
    licences: dict[str, int] = {}
    for one in counts:
        licences[one.licence] = licences.get(one.licence, 0) + 1
    click.echo(
        f"In all {all_['stories']:,} {_plural('story', all_['stories'])}: "
        f"{all_['passages']:,} passages, {all_['choices']:,} choices, {all_['endings']:,} endings, "
        f"{all_['words']:,} words."
    )
    click.echo(
        f"{all_['dead_ends']:,} passages lead nowhere, {all_['unreachable']:,} cannot be reached, "
        f"{all_['missing']:,} do not exist."
    )
    if all_["repeated"]:
        click.echo(f"{all_['repeated']:,} have the id of another story.")
    told = sorted(licences.items(), key=lambda each: (-each[1], each[0]))
    if told:
        click.echo("Licences: " + ", ".join(f"{clean_line(k)} {n:,}" for k, n in told) + ".")


def _plural(noun: str, number: int) -> str:
    if number == 1:
        return noun
    return f"{noun[:-1]}ies" if noun == "story" else f"{noun}s"
