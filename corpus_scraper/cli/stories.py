"""`grue stories`: scrape stories from sites, import them from files, check them.

Results for scripts go to standard output, messages and progress to standard error.
"""

import importlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from corpus_scraper.cli.output import (
    NOT_DONE,
    StatusLine,
    print_json,
    print_not_imported,
    print_refusals,
    write_graphs,
)
from corpus_scraper.formats.story_file import limit_size, load
from corpus_scraper.formats.transcripts.zmachine import parse_commands
from corpus_scraper.graph import UNKNOWN_LICENCE, read_stories
from corpus_scraper.importer import ImportSummary, import_stories
from corpus_scraper.licences import licence_class
from corpus_scraper.statistics import MAX_EXACT_PATHS, GraphStatistics, graph_statistics, total
from dungeon.cli.command_group import CommandGroup
from dungeon.cli.output_option import output_option
from dungeon.errors import InputRefused
from dungeon.text import clean_line
from dungeon.text.counts import count

MAX_LISTED = 5
"""Passages that a report lists of each kind, before the number of the others."""

_FILE = click.Path(dir_okay=False, path_type=Path)


class _Stories(CommandGroup):
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

    def summaries(self, ctx: click.Context) -> list[tuple[str, str]]:
        """Return the name and the summary of every subcommand, without importing `scrape`."""
        rows = [(name, command.get_short_help_str()) for name, command in self.commands.items()]
        return [("scrape", "Scrape stories from sites into a file."), *rows]


@click.group(cls=_Stories)
def stories() -> None:
    """Scrape stories from sites, import them from files, check them."""


# ── import ───────────────────────────────────────────────────────────────────────────────────────


@stories.command("import", short_help="Import stories from files and folders.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option(
    required=True, type=_FILE, help="File to write the stories to, one JSON document per line."
)
@click.option("--commands", type=_FILE,
              help="Text file of commands to play Z-machine games with, one per line.")  # fmt: skip
@click.option("--licence", default=UNKNOWN_LICENCE, show_default=True, metavar="SPDX",
              help="Licence of the stories whose files state none, such as CC-BY-4.0.")  # fmt: skip
@click.option("--max-bytes", type=click.IntRange(min=1), metavar="N",
              help="Largest file to read (default: 8 MiB, e-books 64 MiB).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def import_(
    context: click.Context,
    paths: tuple[Path, ...],
    output: Path,
    commands: Path | None,
    licence: str,
    max_bytes: int | None,
    as_json: bool,
) -> None:
    """Import stories from files and folders: Twine, ink, ChoiceScript, books and more."""
    if licence != UNKNOWN_LICENCE and licence_class(licence) == "unknown":
        click.echo(
            f"Warning: {clean_line(licence)} is not a licence that Grue knows, so `grue corpus "
            "build` leaves these stories out by default. Use an SPDX identifier such as CC0-1.0 "
            "or CC-BY-SA-4.0.",
            err=True,
        )
    summary = ImportSummary()
    with limit_size(max_bytes), StatusLine() as status:
        to_play = _commands(commands) if commands else []

        def show(place: str) -> None:
            status.show(f"{count(summary.files, 'file')}  {clean_line(place)[-60:]}")

        graphs = import_stories(paths, summary, commands=to_play, licence=licence, on_file=show)
        written = write_graphs(output, graphs)
        status.clear()
    print_refusals(summary)
    if as_json:
        print_json(_import_result(summary, output, written))
    else:
        _print_import(summary, output, written)
    if summary.refused or not written:
        context.exit(NOT_DONE)


def _commands(path: Path) -> list[str]:
    path = path.resolve()
    commands = parse_commands(load(path, path.parent).text)
    if not commands:
        raise InputRefused(f"{path} has no commands. Write one per line, as you would type them.")
    return commands


def _import_result(summary: ImportSummary, output: Path, written: int) -> dict[str, Any]:
    formats = {
        name: {"stories": n, "passages": summary.passages[name], "words": summary.words[name]}
        for name, n in summary.stories.most_common()
    }
    return {
        "output": str(output) if written else None,
        "stories": written,
        "formats": formats,
        "skipped": summary.skipped,
        "empty": summary.empty,
        "story_files": [str(path) for path in summary.story_files],
        "links": summary.links,
        "refused": summary.refused,
        "noted": summary.noted,
    }


def _print_import(summary: ImportSummary, output: Path, written: int) -> None:
    for name, number in summary.stories.most_common():
        click.echo(
            f"{name:<14} {number:>6,} {'story' if number == 1 else 'stories':<8}"
            f"{summary.passages[name]:>9,} passages {summary.words[name]:>11,} words"
        )
    print_not_imported(summary)
    for file in summary.story_files:
        place = clean_line(str(file))
        click.echo(f"Not imported, with stories imported before: {place}.", err=True)
    if written:
        click.echo(f"{count(written, 'story', 'stories')} written to {output}.", err=True)
        if summary.noted:
            stories_ = count(summary.noted, "story has", "stories have")
            click.echo(
                f"{stories_} notes on what was left out or joined: grue stories check {output}",
                err=True,
            )
    else:
        click.echo("No story was found. Nothing was written.", err=True)


# ── check ────────────────────────────────────────────────────────────────────────────────────────


@stories.command(short_help="Count passages, choices, endings and paths.")
@click.argument("file", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(file: Path, as_json: bool) -> None:
    """Count passages, choices, endings and paths of the stories in FILE, and list broken links and
    notes on what was left out."""
    statistics: list[GraphStatistics] = []
    rows: list[dict[str, Any]] = []
    for graph in read_stories(file):
        statistics.append(graph_statistics(graph))
        if as_json:
            rows.append(_row(statistics[-1]) | {"notes": list(graph.notes)})
        else:
            _print_story(statistics[-1], graph.notes)
    if as_json:
        print_json({"all": total(statistics), "stories": rows})
    else:
        _print_total(statistics)


def _row(story: GraphStatistics) -> dict[str, Any]:
    row = asdict(story)
    row["paths"] = story.paths if story.paths < MAX_EXACT_PATHS else None
    row["log10_paths"] = round(story.log10_paths, 2) if math.isfinite(story.log10_paths) else None
    return row


def _print_story(story: GraphStatistics, notes: Sequence[str]) -> None:
    click.echo(clean_line(f"{story.title} ({story.id})"))
    click.echo(f"  {_sizes(asdict(story))}; licence {clean_line(story.licence)}")
    if story.paths >= MAX_EXACT_PATHS:
        paths = f"about 10^{story.log10_paths:.0f} paths"
    else:
        paths = count(story.paths, "path")
    click.echo(f"  {paths}" + (f", {count(story.loops, 'link')} back" if story.loops else ""))
    _print_ids("dead ends (no choice, not marked as an ending)", story.dead_ends)
    _print_ids("unreachable", story.unreachable)
    _print_ids("missing (a choice leads there)", story.missing)
    for note in notes[:MAX_LISTED]:
        click.echo(f"  note: {clean_line(note)}")
    if len(notes) > MAX_LISTED:
        click.echo(f"  and {count(len(notes) - MAX_LISTED, 'further note')}")


def _sizes(counts: dict[str, Any]) -> str:
    nouns = ("passage", "choice", "ending", "word")
    return ", ".join(count(counts[f"{noun}s"], noun) for noun in nouns)


def _print_ids(label: str, ids: Sequence[str]) -> None:
    if ids:
        listed = ", ".join(clean_line(each)[:40] for each in ids[:MAX_LISTED])
        more = f" and {len(ids) - MAX_LISTED:,} more" if len(ids) > MAX_LISTED else ""
        click.echo(f"  {count(len(ids), 'passage')} {label}: {listed}{more}")


def _print_total(statistics: list[GraphStatistics]) -> None:
    counts = total(statistics)
    click.echo(f"Total: {count(counts['stories'], 'story', 'stories')}, {_sizes(counts)}.")
    click.echo(
        f"Passages: {counts['dead_ends']:,} dead ends, {counts['unreachable']:,} unreachable, "
        f"{counts['missing']:,} missing."
    )
    if counts["repeated"]:
        click.echo(f"Duplicate ids: {counts['repeated']:,}.")
    licences = Counter(story.licence for story in statistics)
    if licences:
        by_count = sorted(licences.items(), key=lambda each: (-each[1], each[0]))
        click.echo("Licences: " + ", ".join(f"{clean_line(k)} {n:,}" for k, n in by_count) + ".")
