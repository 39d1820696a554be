"""`grue corpus`: build a training corpus from stories, and report on one.

Results go to standard output, status and warnings to standard error.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import click

from corpus_scraper.cli.output import NOT_DONE, print_json, print_not_imported, print_refusals
from corpus_scraper.corpus.settings import BuildSettings, Licences, Perspective
from dungeon.cli.command_group import CommandGroup
from dungeon.cli.output_option import output_option
from dungeon.errors import InputRefused
from dungeon.text import clean, clean_line
from dungeon.text.counts import count

SMALL = 4_000_000
"""Bytes of stories below which starting a second process costs more time than it saves."""

MIN_WIDTH, MAX_WIDTH = 40, 100
"""Columns of the documents that a report shows."""

_DEFAULTS = BuildSettings()
_FOLDER = click.Path(path_type=Path)


@click.group(cls=CommandGroup)
def corpus() -> None:
    """Build a training corpus from stories, and report on it."""


@corpus.command(short_help="Build a corpus folder from stories.")
@click.argument("stories", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_option(required=True, type=_FOLDER, help="Corpus folder to write.")
@click.option(
    "--licence",
    type=click.Choice(get_args(Licences)),
    default=_DEFAULTS.licence,
    show_default=True,
    help="Licences to include; each level includes those before it; `any` also unknown ones.",
)
@click.option(
    "--perspective",
    type=click.Choice(get_args(Perspective)),
    default=_DEFAULTS.perspective,
    show_default=True,
    help="keep: leave stories as they are; convert: rewrite first person as second, and turn short "
    "action sentences into player lines (> You …); second-only: convert, and exclude what is then "
    "not in second person.",
)
@click.option("--language", default=_DEFAULTS.language, show_default=True,
              help="Language to include (en, de, …).")  # fmt: skip
@click.option("--seed", type=int, default=_DEFAULTS.seed, show_default=True,
              help="Seed of the split assignment.")  # fmt: skip
@click.option(
    "--context",
    type=int,
    default=_DEFAULTS.context,
    show_default=True,
    metavar="TOKENS",
    help="Context tokens (not trained on) before each training span.",
)
@click.option("--action-window", type=int, default=_DEFAULTS.action_window, show_default=True,
              metavar="CHARACTERS",
              help="Train only on text this close to a player line; 0 is off.")  # fmt: skip
@click.option("--branching-weight", type=int, default=_DEFAULTS.branching_weight, show_default=True,
              metavar="N",
              help="Oversample branching stories N times.")  # fmt: skip
@click.option("--min-words", type=int, default=_DEFAULTS.min_words, show_default=True,
              help="Minimum words of a story.")  # fmt: skip
@click.option("--dedup-threshold", type=float, default=_DEFAULTS.dedup_threshold, show_default=True,
              help="Jaccard similarity of 5-grams at which passages are duplicates.")  # fmt: skip
@click.option("--max-work-share", type=float, default=_DEFAULTS.max_work_share, show_default=True,
              help="Maximum share of one work in the trained text.")  # fmt: skip
@click.option("--holdout-fraction", type=float, default=_DEFAULTS.holdout_fraction,
              show_default=True, help="Fraction for validation, and again for test.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 64),
              help="Worker processes (default: one per core for large inputs).")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON.")
def build(
    stories: tuple[Path, ...],
    output: Path,
    processes: int | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Build a corpus of STORIES: story files, data, folders of them, or output of `grue stories`.

    Builds are reproducible: the same stories and settings give identical files.
    """
    settings = BuildSettings(**options)

    from corpus_scraper.corpus.build import build as build_corpus

    # What is imported may be large, and the disk of the corpus has room for it.
    disk = next(folder for folder in output.resolve().parents if folder.is_dir())
    is_complete = True
    with tempfile.TemporaryDirectory(prefix=".grue-import-", dir=disk) as imported:
        files: list[Path] = []
        for at, path in enumerate(stories):
            found, is_whole = _story_files(path, Path(imported, str(at)))
            files += found
            is_complete = is_complete and is_whole
        manifest = build_corpus(
            files,
            output,
            settings,
            processes=processes or _default_processes(files),
            on_status=lambda sentence: click.echo(clean(sentence), err=True),
        )
    for warning in manifest["warnings"]:
        click.echo(f"Warning: {clean_line(warning)}", err=True)
    if as_json:
        print_json(manifest)
    else:
        _print_splits(manifest)
    if not is_complete:
        click.get_current_context().exit(NOT_DONE)


def _print_splits(manifest: dict[str, Any]) -> None:
    for name, split in manifest["splits"].items():
        click.echo(
            f"{name}: {count(split['works'], 'work')}, {count(split['documents'], 'document')}, "
            f"{count(split['trained_characters'], 'character')} to train on"
        )


def _story_files(path: Path, folder: Path) -> tuple[list[Path], bool]:
    """Return the files of story graphs at `path`, and whether nothing in it was refused.

    Anything else is imported into `folder` first. Raises InputRefused where no story is found.
    """
    from dungeon.data_files.first_row import holds_examples

    is_graphs = path.suffix == ".jsonl" and not holds_examples(path)
    if is_graphs or not path.exists():
        return [path], True

    from corpus_scraper.graph import write_stories
    from corpus_scraper.importer import ImportSummary, import_stories

    tally = ImportSummary()
    name = path.resolve().stem if path.is_file() else path.resolve().name
    file = folder / f"{name}.jsonl"
    number = write_stories(file, import_stories([path], tally))
    print_refusals(tally)
    if not number and not tally.story_files:
        raise InputRefused(f"{path} holds no story that Grue can read. Nothing was written.")
    place = clean_line(str(path))
    if number:
        click.echo(f"{place}: {count(number, 'story', 'stories')} imported.", err=True)
    print_not_imported(tally)
    for each in tally.story_files:
        click.echo(f"{place}: stories of {clean_line(each.name)} read as they are.", err=True)
    return ([file] if number else []) + tally.story_files, not tally.refused


@corpus.command(short_help="Report on a corpus: sizes, licences, losses; read samples.")
@click.argument("folder", type=_FOLDER)
@click.option(
    "--plot",
    type=_FOLDER,
    help="PNG file for the plots.  [default: report.png in FOLDER]",
)
@click.option("--sample", type=click.IntRange(0), default=0, metavar="N",
              help="Print N random documents to read.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True,
              help="Seed of --sample.")  # fmt: skip
@click.option("--no-plot", is_flag=True, help="Do not draw plots.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def report(
    folder: Path, plot: Path | None, sample: int, seed: int, no_plot: bool, as_json: bool
) -> None:
    """Report on the corpus at FOLDER: sizes, licences, action lines, losses by cause, leftover
    markup; with plots."""
    from corpus_scraper.corpus import report as reports
    from corpus_scraper.corpus import samples
    from corpus_scraper.corpus.folder import PICTURE

    try:
        found = reports.measure(folder)
        document, text = reports.report_document(found), reports.report_text(found)
        drawn = samples.draw(folder, sample, seed) if sample else []
        if drawn:
            document["sample"] = [each.document() for each in drawn]
            width = max(min(shutil.get_terminal_size().columns, MAX_WIDTH), MIN_WIDTH)
            text = f"{text}\n\n{samples.sample_text(drawn, width)}"
    except (AttributeError, KeyError, TypeError) as error:  # a file that is JSON and not ours
        raise InputRefused(
            f"{folder} is damaged: a file in it is none that `grue corpus build` wrote ({error!r})."
        ) from error
    if as_json:
        print_json(document)
    else:
        click.echo(text)
    if no_plot:
        return

    from corpus_scraper.corpus import plots

    place = plot or folder / PICTURE
    plots.draw(found, place)
    click.echo(f"Plots written to {clean_line(str(place))}", err=True)


def _default_processes(stories: Sequence[Path]) -> int:
    """Return the number of processes that pays for files of this size."""
    size = sum(file.stat().st_size for file in stories if file.is_file())
    return 1 if size < SMALL else min(os.cpu_count() or 1, 8)
