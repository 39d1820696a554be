"""Transfer: export adventures, and import files after detecting their format from the content."""

from pathlib import Path

from dungeon.errors import InputRefused
from dungeon.story import Adventure
from dungeon.text import clean_line, clean_path
from dungeon.text_encoding import UndecodableText, decode, unify_line_ends
from dungeon.transfer import grue_json, plain_text

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read; a thousand turns are about one megabyte."""


def read_file(path: Path) -> Adventure:
    """Return the adventure in the file at `path`, with new ids if the file names none.

    Raises InputRefused, naming the file and the place in it, if the file cannot be read or is not
    an adventure.
    """
    name = clean_line(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = clean_line(error.strerror or str(error))
        raise InputRefused(f"{clean_path(path)} cannot be read: {reason}.") from None
    if len(data) > MAX_BYTES:
        raise InputRefused(
            f"{name} is larger than {MAX_BYTES // 1024 // 1024} MiB, more than any adventure needs."
        )
    try:
        text = unify_line_ends(decode(data))
    except UndecodableText as error:
        raise InputRefused(f"{name}: {error}, so it is no adventure Grue can read.") from None
    if text.lstrip()[:1] in ("{", "["):
        return grue_json.read(name, text)
    return plain_text.read(name, text)
