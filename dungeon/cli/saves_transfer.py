"""`grue saves export` and `grue saves import`."""

from collections.abc import Sequence
from pathlib import Path

import click

from dungeon import transfer
from dungeon.cli.save_access import ID, OUTPUT, load, open_library, print_text, with_home, write
from dungeon.errors import InputRefused, NotSaved
from dungeon.files.home import Home
from dungeon.text import clean_path
from dungeon.text.counts import count
from dungeon.transfer import registry
from dungeon.transfer.export_report import dropped_line


@click.command()
@ID
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.id for each in registry.WRITTEN]),
    default=registry.WRITTEN[0].id,
    show_default=True,
    help="; ".join(f"{each.id}: {each.summary}" for each in registry.WRITTEN) + ".",
)
@OUTPUT(help="Write to FILE instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@with_home
def export(home: Home, adventure_id: str, format_: str, output: Path | None, force: bool) -> None:
    """Export an adventure. What its format has no place for is reported as dropped."""
    adventure, damage = load(home, adventure_id)
    chosen = registry.find(format_, registry.WRITTEN)
    data = chosen.write(adventure) if chosen.write else b""
    if output is None:
        click.echo(data, nl=False)
    else:
        write(output, data, force=force)
        click.echo(f"Wrote {output}.", err=True)
    if dropped := dropped_line(adventure, chosen):
        click.echo(dropped, err=True)
    if damage:
        raise damage


@click.command("import")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice([each.id for each in registry.READ]),
    help="Read FILE in this format instead of recognising it by its content.",
)
@click.option("--max-bytes", type=click.IntRange(min=1), metavar="N", default=transfer.MAX_BYTES,
              show_default=True, help="Largest file to read.")  # fmt: skip
@click.option("--into", metavar="ID", help="Add the lore in FILE to this adventure instead.")
@with_home
def import_(
    home: Home, files: Sequence[Path], format_: str | None, max_bytes: int, into: str | None
) -> None:
    """Import adventures, scenarios and lore of Grue and of other programs.

    The format is recognised by the content. What was taken, changed and dropped is reported.
    Nothing is replaced: an adventure that is here already gets a second copy. A file is imported
    as a whole, or not at all.
    """
    from dungeon.session import file_transfer

    refused = 0
    for number, file in enumerate(files):
        try:
            found = transfer.read_file(file, format_ or "", max_bytes=max_bytes)
            with open_library(home) as library:
                stored = (
                    file_transfer.import_lore(found, library, into)
                    if into
                    else file_transfer.store(found, library, home).lines
                )
        except InputRefused as error:
            click.echo(f"grue: {error}", err=True)
            refused += 1
            continue
        except NotSaved as error:  # nor could the others be stored
            others = _other_files(len(files) - number - 1, number - refused)
            raise NotSaved(" ".join([f"{clean_path(file)}: {error}", *others])) from error
        report = found.lore_lines() if into else found.report.lines()
        try:
            print_text("\n".join(stored))
        except OSError as error:
            if not isinstance(error, BrokenPipeError):  # a full disk: what came in is told here
                others = _other_files(len(files) - number - 1, 0)
                click.echo("\n".join([*stored, *report, *others]), err=True)
            raise
        for line in report:
            click.echo(line, err=True)
    if refused:
        raise InputRefused(f"{refused} of {count(len(files), 'file')} could not be imported.")


def _other_files(behind: int, before: int) -> list[str]:
    """Return sentences that say what became of the files behind and before the last one read."""
    left = [f"Not imported either: {count(behind, 'file')} behind it."] if behind else []
    done = [f"Imported: {count(before, 'file')} before it."] if before else []
    return [*left, *done]
