"""Provides `grue corpus`: build a corpus from files of stories, and report on one.

Results go to standard output, how far it is and what to beware of to standard error. Knows nothing
of how a corpus is built or measured.
"""

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import click

from corpus_scraper.corpus.settings import BuildSettings, Licences, Person
from corpus_scraper.graph import write_stories
from corpus_scraper.importer import Tally, import_stories
from dungeon.errors import InputRefused
from dungeon.text import clean, clean_line

SMALL = 4_000_000
"""Bytes of stories below which a second process takes longer to start than to help."""

_DEFAULTS = BuildSettings()
_FOLDER = click.Path(path_type=Path)


@click.group()
def corpus() -> None:
    """Build a training corpus from stories, and report on it."""


@corpus.command()
@click.argument("stories", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=_FOLDER, help="The folder it becomes.")
@click.option(
    "--licence",
    type=click.Choice(get_args(Licences)),
    default=_DEFAULTS.licence,
    show_default=True,
    help="What is let in. Each lets in what those before it do; only `any` what is unknown.",
)
@click.option(
    "--second-person",
    is_flag=True,
    help="Tell to the reader what its hero tells: the same as --person turned.",
)
@click.option(
    "--person",
    type=click.Choice(get_args(Person)),
    help=f"`told`: as it is; `turned`: first person becomes second; `second`: and what is then "
    f"not told to the reader is left out.  [default: {_DEFAULTS.person}]",
)
@click.option("--language", default=_DEFAULTS.language, show_default=True, help="As en or de.")
@click.option(
    "--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="Decides what is held out."
)
@click.option(
    "--context",
    type=int,
    default=_DEFAULTS.context,
    show_default=True,
    help="Tokens of its path that a document may read before it learns.",
)
@click.option("--around-deeds", type=int, default=_DEFAULTS.around_deeds, metavar="N",
              help="Learn only what lies within N characters of a player's line.")  # fmt: skip
@click.option("--branching-times", type=int, default=_DEFAULTS.branching_times, metavar="N",
              help="Learn stories that let their reader choose N times.")  # fmt: skip
@click.option("--least-words", type=int, default=_DEFAULTS.least_words, show_default=True,
              help="Words a story must have.")  # fmt: skip
@click.option("--similar", type=float, default=_DEFAULTS.similar, show_default=True,
              help="The share of common word sequences from which passages are one.")  # fmt: skip
@click.option("--max-work-share", type=float, default=_DEFAULTS.max_work_share, show_default=True,
              help="The most one work may be of what is learned.")  # fmt: skip
@click.option("--held-out", type=float, default=_DEFAULTS.held_out, show_default=True,
              help="The share of validation, and that of test.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 64), help="As many as help, unless said.")
@click.option("--json", "as_json", is_flag=True, help="Print the manifest.")
def build(
    stories: tuple[Path, ...],
    out: Path,
    second_person: bool,
    person: Person | None,
    processes: int | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Build a corpus of STORIES: files that `grue stories` writes, story files, or folders of them.

    The same stories and settings make the same bytes.
    """
    if second_person and person not in (None, "turned"):
        raise InputRefused(f"--second-person and --person {person} contradict one another.")
    told: Person = "turned" if second_person else person or _DEFAULTS.person
    settings = BuildSettings(person=told, **asked)

    from corpus_scraper.corpus.build import build as build_corpus

    with tempfile.TemporaryDirectory() as imported:
        files = [_story_graphs(path, Path(imported, str(at))) for at, path in enumerate(stories)]
        manifest = build_corpus(
            files,
            out,
            settings,
            processes=processes or _helpful(files),
            say=lambda sentence: click.echo(clean(sentence), err=True),
        )
    for warning in manifest["warnings"]:
        click.echo(f"Beware: {clean_line(warning)}", err=True)
    if as_json:
        _print_json(manifest)
        return
    for name, split in manifest["splits"].items():
        click.echo(
            f"{name}: {split['works']:,} works, {split['documents']:,} documents, "
            f"{split['learned'] / 1e6:.2f} million characters to learn"
        )


def _story_graphs(path: Path, folder: Path) -> Path:
    """Return the file of story graphs at `path`; anything else is imported into `folder` first.

    Raises InputRefused where no story is found.
    """
    if path.suffix == ".jsonl" or not path.exists():
        return path
    tally = Tally()
    file = folder / f"{path.resolve().name}.jsonl"
    number = write_stories(file, import_stories([path], tally))
    for sentence in tally.refused:
        click.echo(f"refused  {sentence}", err=True)
    if not number:
        raise InputRefused(f"{path} holds no story that Grue can read. Nothing was written.")
    click.echo(f"{clean_line(str(path))}: {number:,} stories imported.", err=True)
    return file


@corpus.command()
@click.argument("folder", type=_FOLDER)
@click.option(
    "--picture",
    type=_FOLDER,
    help="Where the pictures go, a PNG file.  [default: report.png in FOLDER]",
)
@click.option("--no-picture", is_flag=True, help="Draw nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def report(folder: Path, picture: Path | None, no_picture: bool, as_json: bool) -> None:
    """Tell what is in the corpus at FOLDER, and draw it."""
    from corpus_scraper.corpus import report as reports
    from corpus_scraper.corpus.folder import PICTURE

    try:
        found = reports.measure(folder)
        document, text = reports.document(found), reports.text(found)
    except (AttributeError, KeyError, TypeError) as error:  # a file that is JSON and not ours
        raise InputRefused(
            f"{folder} is damaged: a file in it is none that `grue corpus build` wrote ({error!r})."
        ) from error
    if as_json:
        _print_json(document)
    else:
        click.echo(text)
    if no_picture:
        return

    from corpus_scraper.corpus import plots

    place = picture or folder / PICTURE
    plots.draw(found, place)
    click.echo(f"Drawn: {clean_line(str(place))}", err=True)


def _helpful(stories: Sequence[Path]) -> int:
    """Return how many processes help with files of this size."""
    size = sum(file.stat().st_size for file in stories if file.is_file())
    return 1 if size < SMALL else min(os.cpu_count() or 1, 8)


def _print_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
