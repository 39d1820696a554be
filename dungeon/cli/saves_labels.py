"""`grue saves list | rename | tag | favourite | stats`."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from dungeon.cli.save_access import (
    ID,
    JSON,
    NOTHING_YET,
    load,
    open_library,
    print_json,
    print_text,
    run_query,
    with_home,
)
from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.story import labels
from dungeon.story.play_statistics import measure
from dungeon.text import clean_line
from dungeon.text.safety import refuse_forbidden


@click.command("list")
@click.option("--sort", "order", type=click.Choice(list(labels.ORDERS)), default="played",
              show_default=True, help="Order; favourites come first in each.")  # fmt: skip
@click.option("--tag", default="", metavar="TAG", help="Only adventures that have this tag.")
@JSON
@with_home
def list_(home: Home, order: str, tag: str, as_json: bool) -> None:
    """List every adventure, favourites and the most recent ones first."""
    everything = run_query(home, lambda library: library.summaries())
    titles = dict(zip((each.id for each in everything), labels.titles(everything), strict=True))
    summaries = labels.sort_summaries(labels.with_tag(everything, tag.lstrip("#")), order)
    if as_json:
        print_json([asdict(summary) for summary in summaries])
        return
    for summary in summaries:
        turns = f"{summary.turns} turn{'' if summary.turns == 1 else 's'}"
        changed = summary.changed.astimezone().strftime("%Y-%m-%d %H:%M")
        line = f"{summary.id}  {changed}  {turns:>10}  {titles[summary.id]}"
        print_text(f"{line}  {labels.marks(summary)}".rstrip())
    if not summaries:
        click.echo(f"No adventure has the tag {tag}." if everything else NOTHING_YET, err=True)


@click.command()
@ID
@click.argument("title")
@with_home
def rename(home: Home, adventure_id: str, title: str) -> None:
    """Give an adventure another title."""
    title = clean_line(title)
    if not title:
        raise InputRefused("A title needs at least one character.")
    refuse_forbidden(title)
    with open_library(home, existing=adventure_id) as library:
        library.revise(library.find(adventure_id), title=title)
    click.echo(f"It is called “{title}” now.", err=True)


@click.command()
@ID
@click.argument("tags", metavar="[TAG]…", nargs=-1)
@with_home
def tag(home: Home, adventure_id: str, tags: Sequence[str]) -> None:
    """Set the tags of an adventure, in place of those it has; without TAG it has none."""
    parsed = labels.parse_tags(",".join(tags))
    with open_library(home, existing=adventure_id) as library:
        library.revise(library.find(adventure_id), tags=parsed)
    click.echo(f"Tags: {', '.join(parsed) or 'none'}.", err=True)


@click.command()
@ID
@click.option("--off", is_flag=True, help="Make it no favourite any more.")
@with_home
def favourite(home: Home, adventure_id: str, off: bool) -> None:
    """Let lists show an adventure first."""
    with open_library(home, existing=adventure_id) as library:
        library.revise(library.find(adventure_id), favourite=not off)
    click.echo("It is no favourite any more." if off else "Lists show it first now.", err=True)


@click.command()
@ID
@JSON
@with_home
def stats(home: Home, adventure_id: str, as_json: bool) -> None:
    """Print turns, branches, words, deaths, and the estimated time of play of an adventure."""
    adventure, damage = load(home, adventure_id)
    figures = measure(adventure)
    if as_json:
        seconds = round(figures.played.total_seconds())
        print_json({**asdict(figures), "played": seconds})
    else:
        print_text(str(figures))
    if damage:
        raise damage
