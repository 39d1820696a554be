"""Transfer: export adventures, and import files after detecting their format from the content."""

from pathlib import Path

from dungeon.story import Adventure
from dungeon.text import clean_line
from dungeon.text_encoding import read_text, unify_line_ends
from dungeon.transfer import grue_json, plain_text

MAX_BYTES = 8 * 1024 * 1024
"""The largest file that is read; a thousand turns are about one megabyte."""


def read_file(path: Path) -> Adventure:
    """Return the adventure in the file at `path`, with new ids if the file names none.

    Raises InputRefused, naming the file and the place in it, if the file cannot be read or is not
    an adventure.
    """
    text = unify_line_ends(read_text(path, max_bytes=MAX_BYTES))
    read = grue_json.read if text.lstrip()[:1] in ("{", "[") else plain_text.read
    return read(clean_line(path.name), text)
