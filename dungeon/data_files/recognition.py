"""Recognise the format of a data file by its content; its name only tells CSV from prose."""

import csv
import json
import re
from pathlib import Path
from typing import Any, Literal

from dungeon.data_files.columns import has_text_columns
from dungeon.data_files.streams import HEAD_BYTES, read_head, what_bytes_are
from dungeon.errors import InputRefused
from dungeon.text import clean_path
from dungeon.text.encoding import decode_lossy, unify_line_ends

DataFormat = Literal["json-lines", "json", "csv", "parquet", "arrow", "text"]

_CSV_SUFFIXES = {".csv", ".tsv"}
_ARROW_FILE, _ARROW_STREAM, _PARQUET = b"ARROW1", b"\xff\xff\xff\xff", b"PAR1"
DELIMITERS = "\t,;"
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,60}")
"""A column's name, where a first line may also be prose."""


def recognise(path: Path) -> DataFormat:
    """Return the format of the file at `path`.

    Raises InputRefused, saying what it is, where it is empty or neither text nor a data file.
    """
    head = read_head(path)
    if not head:
        raise InputRefused(f"{clean_path(path)} is empty. Name a file with text in it.")
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith(_ARROW_FILE) or _is_arrow_stream(head):
        return "arrow"
    text = decode_lossy(head)
    if "\0" in text or what_bytes_are(head):
        what = what_bytes_are(head) or "binary: it has bytes of zero in it"
        raise InputRefused(
            f"{clean_path(path)} is no text file and no data file; it is {what}. Name a file of "
            "text, JSON Lines, CSV, Parquet or Arrow."
        )
    return _recognise_text(path, text)


def _is_arrow_stream(head: bytes) -> bool:
    """Return whether a stream begins here: a mark, and then the length of the schema in bytes."""
    return head.startswith(_ARROW_STREAM) and 0 < int.from_bytes(head[4:8], "little") < 1 << 28


def _recognise_text(path: Path, head: str) -> DataFormat:
    start = head.lstrip()
    if start.startswith("{"):
        if isinstance(_first_line(start), dict):
            return "json-lines"
        return "json" if _is_json_object(start) else "text"
    if start.startswith("[") and start[1:].lstrip()[:1] in ("{", "]"):
        return "json"
    return "csv" if is_csv(path, head) else "text"


def _first_line(text: str) -> Any:
    """Return the JSON value on the first line of `text`; a line beyond the head counts as one."""
    line, end, _ = text.partition("\n")
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        is_cut = not end and len(text) > HEAD_BYTES // 8
        return {} if is_cut and _is_json_object(text) else None


def _is_json_object(text: str) -> bool:
    """Return whether `text`, which begins with a brace, goes on as a JSON object does."""
    rest = text[1:].lstrip()
    return rest.startswith(('"', "}"))


def is_csv(path: Path, head: str) -> bool:
    """Return whether a text is CSV or TSV: by its name, or by the columns on its first line."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes[-1:] == [".gz"]:
        suffixes.pop()
    if suffixes[-1:] and suffixes[-1] in _CSV_SUFFIXES:
        return True
    columns = header(head)
    are_names = all(map(_NAME.fullmatch, columns)) and len(set(columns)) == len(columns)
    return len(columns) > 1 and are_names and has_text_columns(columns)


def header(head: str) -> list[str]:
    """Return the names of the columns on the first line of a CSV file; none where it has none."""
    line = unify_line_ends(head).lstrip("\ufeff\n").partition("\n")[0]
    try:
        return next(csv.reader([line], delimiter=delimiter(line), strict=False), [])
    except csv.Error:  # a word longer than csv's limit, which is one for the whole process
        return []


def delimiter(line: str) -> str:
    """Return what stands between the columns of a header: the most frequent candidate."""
    return max(DELIMITERS, key=line.count) if any(map(line.count, DELIMITERS)) else ","
