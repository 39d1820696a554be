"""What the commands of `grue stories` share: a status line, counts, JSON, the stories file."""

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self, TextIO

import click

from corpus_scraper.graph import StoryGraph, write_stories
from corpus_scraper.importer import ImportSummary
from dungeon.errors import InputRefused


class StatusLine:
    """A line on a terminal that is overwritten; a context manager that ends it."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """`stream` is standard error for None."""
        self._stream = stream or sys.stderr
        self._shown = ""
        self.is_terminal = self._stream.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def show(self, text: str) -> None:
        """Replace the line; do nothing where there is no terminal."""
        if self.is_terminal:
            self._write(f"\r{text:<{len(self._shown)}}")
            self._shown = text

    def print(self, sentence: str) -> None:
        """Print a sentence on a line of its own."""
        self.end()
        self._write(f"{sentence}\n")

    def end(self) -> None:
        """Leave the line as it is, and start a new one."""
        if self._shown:
            self._write("\n")
        self._shown = ""

    def clear(self) -> None:
        """Remove the line."""
        self.show("")
        if self.is_terminal:
            self._write("\r")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def print_json(value: Any) -> None:
    """Print a JSON document on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


NOT_DONE = 2
"""Exit code where something could not be imported."""

MAX_NAMED = 10
"""Files that are named of each kind, before the number of the others."""


def print_refusals(summary: ImportSummary) -> None:
    """Print to standard error what could not be read of an import, a sentence each."""
    for sentence in summary.warnings:
        click.echo(f"warning  {sentence}", err=True)
    for sentence in summary.refused:
        click.echo(f"refused  {sentence}", err=True)


def print_not_imported(summary: ImportSummary) -> None:
    """Print to standard error which files were passed over, and how many could not be read."""
    for label, places in (
        ("in no known story format", summary.skipped),
        ("empty", summary.empty),
        ("symbolic links, which are not followed", summary.links),
    ):
        if places:
            click.echo(f"Not imported, {label}: {_named(places)}.", err=True)
    if summary.refused:
        click.echo(f"Refused: {len(summary.refused):,}, named above.", err=True)


def _named(places: Sequence[str]) -> str:
    more = len(places) - MAX_NAMED
    rest = f" and {more:,} more (grue stories import --json names all)" if more > 0 else ""
    return ", ".join(places[:MAX_NAMED]) + rest


def write_graphs(output: Path, graphs: Iterator[StoryGraph]) -> int:
    """Write stories to `output`, and return how many; without any, `output` is left alone."""
    first = next(graphs, None)
    if first is None:
        return 0
    try:
        return write_stories(output, chain([first], graphs))
    except OSError as error:
        raise InputRefused(f"{output} cannot be written: {error.strerror}.") from error
