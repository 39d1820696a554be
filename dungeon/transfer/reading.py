"""Read a file to import: bounded in size, its format recognised by content."""

from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.story import Adventure
from dungeon.text import clean_line
from dungeon.text_encoding import UndecodableText, decode, unify_line_ends
from dungeon.transfer import grue_json, plain_text

LARGEST = 8 * 1024 * 1024
"""Bytes a file may have; a thousand turns are about one megabyte."""


def read_file(path: Path) -> Adventure:
    """Return the adventure that the file at `path` holds, with ids of its own if it names none.

    Raises InputRefused, naming the file and the place in it, for one that cannot be read or does
    not hold an adventure.
    """
    name = clean_line(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise InputRefused(f"{clean_line(str(path))} cannot be read: {reason}.") from None
    if len(data) > LARGEST:
        raise InputRefused(
            f"{name} is larger than {LARGEST // 1024 // 1024} MiB, more than any adventure needs."
        )
    return read(name, data)


def read(name: str, data: bytes) -> Adventure:
    """Return the adventure that `data`, the content of a file called `name`, holds.

    Raises InputRefused, naming file and place.
    """
    try:
        text = unify_line_ends(decode(data))
    except UndecodableText as error:
        raise InputRefused(f"{name}: {error}, so it is no adventure Grue can read.") from None
    if text.lstrip()[:1] in ("{", "["):
        return grue_json.read(name, text)
    return plain_text.read(name, text)
