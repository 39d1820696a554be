"""Say whether a file holds examples, by its start alone, or why it does not."""

import json
import re
from pathlib import Path

from dungeon.data_files.columns import CONVERSATIONS, PROMPTS, TEXT, has_text_columns
from dungeon.data_files.examples import read_examples
from dungeon.data_files.recognition import header, recognise
from dungeon.data_files.rows import read_rows
from dungeon.data_files.streams import read_head
from dungeon.errors import GrueError, InputRefused
from dungeon.text import clean_path
from dungeon.text.encoding import decode_lossy

_KEY = re.compile(
    rf'"({"|".join((TEXT, *CONVERSATIONS, *(name for pair in PROMPTS for name in pair)))})"\s*:'
)
_DECODER = json.JSONDecoder()


def holds_examples(path: Path) -> bool:
    """Return whether `path` is a data file, and has columns with text as far as its start tells."""
    try:
        format_ = recognise(path)
        head = decode_lossy(read_head(path))
    except InputRefused:
        return False
    match format_:
        case "parquet" | "arrow":
            return True
        case "csv":
            return has_text_columns(header(head))
        case "text":
            return False
    keys = _first_keys(head)
    return has_text_columns(keys) and not {"passages", "turns"} & set(keys)


def _first_keys(head: str) -> list[str]:
    """Return the keys of the first JSON object; of one that is cut, those that name text."""
    try:
        value, _ = _DECODER.raw_decode(head, head.find("{"))
    except (ValueError, RecursionError):
        return _KEY.findall(head)
    return list(value)


def why_no_examples(path: Path) -> str:
    """Return why no example can be read from a data file; "" where it is no data file."""
    try:
        format_ = recognise(path)
        if format_ != "text":
            for row in read_rows(path, format_):
                list(read_examples(row))
                break
    except GrueError as error:
        return without_path(error, path)
    return ""


def without_path(error: GrueError, path: Path) -> str:
    """Return the sentence of an error without the path that it begins with."""
    return str(error).removeprefix(clean_path(path)).lstrip(", :")
