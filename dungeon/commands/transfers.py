"""Export the adventure that is played to a file. The formats are imported when one is asked for."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dungeon.commands.effects import Effect, Message
from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.story import Adventure
from dungeon.text import clean_line, clean_path
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game

if TYPE_CHECKING:
    from dungeon.transfer.formats import Format

_NOT_IN_NAMES = re.compile(r"[^\w]+")
_MAX_NAME = 60


async def export(game: Game, argument: str) -> Effect:
    """Write the adventure in the format that is named, to the file that is named behind it.

    Without a file, one is named after the title, in the folder where Grue was started. No file is
    replaced.
    """
    if not argument:
        from dungeon.transfer import registry

        ids = ", ".join(each.id for each in registry.WRITTEN)
        return Message(f"Export with /export FORMAT [FILE]. The formats are {ids}.")
    return Message(await run_in_thread(export_adventure, game.adventure, argument))


def export_adventure(adventure: Adventure, argument: str) -> str:
    """Write the adventure as `FORMAT [FILE]` asks for; return where, and what was dropped.

    Raises InputRefused or NotSaved.
    """
    from dungeon.transfer import registry
    from dungeon.transfer.export_report import dropped_line

    format_id, _, file = argument.partition(" ")
    chosen = registry.find(format_id, registry.WRITTEN)
    written = f"Written to {clean_path(write_export(adventure, chosen, file.strip()))}."
    return f"{written} {dropped_line(adventure, chosen)}".rstrip()


def write_export(adventure: Adventure, chosen: "Format", file: str = "") -> Path:
    """Write the adventure to `file`, or to a file named after its title; return the path.

    Raises InputRefused where the file is there already, NotSaved where it cannot be written.
    """
    if chosen.write is None:
        raise InputRefused(f"Grue reads {chosen.title}, and does not write it.")
    path = Path(file).expanduser() if file else _free_path(adventure.title, chosen.extension)
    data = chosen.write(adventure)
    try:
        with atomic_write(path, overwrite=False) as out:
            out.write(data)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise NotSaved(
            f"{clean_path(path)} was not written: {reason}. Name another place."
        ) from error
    return path.absolute()


def _free_path(title: str, extension: str) -> Path:
    """Return a path in the current folder that is not taken, named after a title."""
    stem = _NOT_IN_NAMES.sub("-", title.lower()).strip("-")[:_MAX_NAME] or "adventure"
    path, number = Path(f"{stem}.{extension}"), 2
    while path.exists() or path.is_symlink():
        path, number = Path(f"{stem}-{number}.{extension}"), number + 1
    return path
