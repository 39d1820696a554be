"""Read the rows of a data file one at a time, each with the place that an error names."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.data_files import arrow, json_values
from dungeon.data_files.columns import EXPECTED
from dungeon.data_files.json_values import Refuse
from dungeon.data_files.recognition import DataFormat, delimiter
from dungeon.data_files.streams import open_text, readable
from dungeon.errors import InputRefused
from dungeon.text import clean_line, clean_path
from dungeon.text.counts import count

MAX_ROW = 64 * 1024 * 1024
"""Characters of one row; a larger one is refused before it fills the memory."""

MAX_LISTED = 12
"""Columns that an error lists."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a data file."""

    values: dict[str, Any]
    place: str
    """File and row, as an error names them: `tales.csv, row 12`."""
    number: int
    """Counted from 1."""

    def refuse(self, reason: str) -> InputRefused:
        """Return an error about this row, to be raised."""
        return InputRefused(f"{self.place} {reason}")

    def without_text(self) -> InputRefused:
        """Return the error for a row that has none of the columns with text."""
        names = [clean_line(str(name))[:40] for name in self.values]
        listed = ", ".join(names[:MAX_LISTED]) + (" …" if len(names) > MAX_LISTED else "")
        return self.refuse(
            f"has no text: its columns are {listed or 'none'}. Name the column with the text one "
            f"of: {EXPECTED}."
        )


def raise_refusal(number: int, error: InputRefused) -> None:
    """Raise `error`: the first row that cannot be read ends the reading."""
    raise error


def read_rows(path: Path, format_: DataFormat, refuse: Refuse = raise_refusal) -> Iterator[Row]:
    """Yield the rows of the file at `path`, which is in any format but `text`.

    `refuse` is called with the number of each row that cannot be read, and why. Raises
    InputRefused, naming the place, where nothing after it can be read.
    """
    read = _READERS[format_]
    noun = "line" if format_ == "json-lines" else "row"
    for number, values in read(path, refuse):
        yield Row(values, f"{clean_path(path)}, {noun} {number:,}", number)


def _read_csv(path: Path, refuse: Refuse) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(MAX_ROW)
    with open_text(path) as text, readable(path):
        first = text.readline(MAX_ROW)
        separator = delimiter(first)
        names = next(csv.reader([first], delimiter=separator), [])
        lines = iter(lambda: text.readline(MAX_ROW), "")
        reader = csv.reader(lines, delimiter=separator, strict=True)
        number = 0
        while True:
            line = reader.line_num + 2  # after the header, and counted from 1
            try:
                fields = next(reader, None)
            except csv.Error as error:  # the reader goes on with the next line
                number += 1
                refuse(number, _broken_csv(path, line, reader.line_num + 1, error))
                continue
            if fields is None:
                return
            number += bool(fields)
            if len(fields) > len(names):
                reason = (
                    f"{clean_path(path)}, row {number:,} has {count(len(fields), 'field')}, but "
                    f"there are {len(names)} columns. Put fields with a separator in quotation "
                    "marks."
                )
                refuse(number, InputRefused(reason))
            elif fields:
                yield number, dict(zip(names, fields, strict=False))


def _broken_csv(path: Path, first: int, last: int, error: csv.Error) -> InputRefused:
    """Return the error for lines that are no row: an open quotation mark runs on to the end."""
    lines = f"line {first:,} is" if last <= first else f"lines {first:,} to {last:,} are"
    return InputRefused(
        f"{clean_path(path)}, {lines} no valid CSV: {clean_line(str(error))}. Save the table "
        "again with quoted fields."
    )


_Read = Callable[[Path, Refuse], Iterator[tuple[int, dict[str, Any]]]]

_READERS: dict[DataFormat, _Read] = {
    "json-lines": lambda path, refuse: json_values.read_lines(path, MAX_ROW, refuse),
    "json": lambda path, refuse: json_values.read_list(path, MAX_ROW, refuse),
    "csv": _read_csv,
    "parquet": lambda path, refuse: arrow.read_parquet(path),
    "arrow": lambda path, refuse: arrow.read_arrow(path),
}
