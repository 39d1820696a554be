"""What the commands of `grue saves` share: their options, opening the saves, and writing files."""

import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial, update_wrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click

from dungeon.cli.output_option import output_option
from dungeon.errors import InputRefused, NotSaved, SavesError
from dungeon.files.atomic_file import atomic_write
from dungeon.files.home import Home
from dungeon.story import Adventure
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes
from dungeon.text.wrapping import wrap_for

if TYPE_CHECKING:
    from dungeon.saves.library import Library

P = ParamSpec("P")
T = TypeVar("T")

NOTHING_YET = "No adventures yet. `grue play` begins one."

DATA_DIR = click.option(
    "--data-dir",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of saves, models and settings.",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ID = click.argument("adventure_id", metavar="ID")
OUTPUT = partial(output_option, metavar="FILE", type=click.Path(path_type=Path))


def with_home(command: Callable[Concatenate[Home, P], None]) -> Callable[..., None]:
    """Pass a Home to a command, from its own --data-dir or the one of the group."""

    def wrapper(group_dir: Path | None, /, *args: P.args, **options: P.kwargs) -> None:
        own_dir: Any = options.pop("data_dir", None)
        command(Home.find(own_dir or group_dir), *args, **options)

    return DATA_DIR(click.pass_obj(update_wrapper(wrapper, command)))


def run_query(home: Home, query: "Callable[[Library], list[T]]") -> list[T]:
    """Return the result of a query, which is empty if there is no file yet."""
    if not home.has_saves:
        return []
    with open_library(home) as library:
        return query(library)


def require_saves(home: Home, adventure_id: str) -> None:
    """Raise InputRefused, naming the adventure, where there are no saves at all."""
    if not home.has_saves:
        raise InputRefused(f"There is no adventure {in_quotes(adventure_id)}. {NOTHING_YET}")


def open_library(home: Home, existing: str = "") -> "Library":
    """Open the saves. With `existing`, an adventure's id, it must exist."""
    if existing:
        require_saves(home, existing)
    from dungeon.saves.library import Library

    return Library.open(home.saves_location, back_up=False, backup_folder=home.backups)


def load(home: Home, adventure_id: str) -> tuple[Adventure, SavesError | None]:
    """Return the adventure, and an error to raise after showing it if some turns are damaged."""
    with open_library(home, existing=adventure_id) as library:
        from dungeon.saves.mapping import TurnsDamaged

        try:
            return library.load(adventure_id), None
        except TurnsDamaged as damage:
            return damage.adventure, damage


def write(output: Path, data: bytes, *, force: bool) -> None:
    """Write a file atomically; it replaces an existing one only with `force`."""
    try:
        with atomic_write(output, overwrite=force) as file:
            file.write(data)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise NotSaved(f"{output} was not written: {reason}. Name another place.") from None


def print_text(text: str) -> None:
    """Print for people: wrapped at a terminal; characters that its encoding lacks become question
    marks.
    """
    text = wrap_for(sys.stdout, text)
    click.echo(text.encode(sys.stdout.encoding or "utf-8", "replace"))


def print_json(document: Any) -> None:
    """Print for scripts, in UTF-8 whatever the terminal's encoding; times in ISO 8601."""

    def convert(value: object) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=convert).encode())
