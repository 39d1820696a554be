"""`grue saves copy`: copy every adventure to another file or database."""

from collections import Counter
from pathlib import Path

import click

from dungeon.cli.save_access import JSON, print_json, print_text, with_home
from dungeon.errors import InputRefused, SavesError
from dungeon.files.home import Home
from dungeon.text.counts import count


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@JSON
@with_home
def copy(home: Home, source: str, target: str, as_json: bool) -> None:
    """Copy every adventure from one file or database to another.

    FROM and TO are paths, or URLs like postgresql://USER@HOST/DATABASE. Everything is copied, with
    all branches, drafts and earlier values, and read again to compare it with what was sent, the
    SHA-256 of every turn included. Nothing is overwritten. After a break, the same command goes on
    where it stopped.
    """
    from dungeon.saves.copying import Outcome, copy_all
    from dungeon.saves.location import find_database

    databases = [find_database(where, home.backups) for where in (source, target)]
    if databases[0].location == databases[1].location:
        raise InputRefused("FROM and TO are the same. Name two files or databases.")
    if isinstance(databases[0].location, Path) and not databases[0].location.exists():
        raise InputRefused(f"There is no file {databases[0].name} to copy from.")
    counts, turns = Counter[Outcome](), 0
    try:
        for copied in copy_all(*databases):
            counts[copied.outcome] += 1
            turns += copied.turns if copied.outcome is Outcome.COPIED else 0
            if copied.outcome not in (Outcome.COPIED, Outcome.SAME):
                click.echo(f"{copied.id}  {copied.title}: {copied.outcome.value}", err=True)
    except SavesError as error:
        raise SavesError(
            f"{error} Adventures copied before: {counts[Outcome.COPIED]}. The same command goes on "
            "from there."
        ) from error
    if as_json:
        print_json({"turns": turns, **{each.name.lower(): counts[each] for each in Outcome}})
    else:
        print_text(
            f"Adventures copied: {counts[Outcome.COPIED]} with {count(turns, 'turn')}, every hash "
            f"compared; there already: {counts[Outcome.SAME]}."
        )
    refused = counts.total() - counts[Outcome.COPIED] - counts[Outcome.SAME]
    if refused:
        raise SavesError(f"Adventures not copied: {refused}. Nothing was overwritten.")
