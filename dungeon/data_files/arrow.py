"""Read the rows of Parquet and Arrow files with pyarrow, a few at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dungeon.data_files.columns import columns_to_read
from dungeon.errors import GrueError, InputRefused
from dungeon.text import clean_line, clean_path

BATCH_ROWS = 64
"""Rows that become Python values at once."""

_FILE_MAGIC = b"ARROW1"

Rows = Iterator[tuple[int, dict[str, Any]]]


def read_parquet(path: Path) -> Rows:
    """Yield the rows of a Parquet file. Raises InputRefused where it is damaged."""
    with _pyarrow(path):
        import pyarrow.parquet

        with pyarrow.parquet.ParquetFile(path) as file:
            names = columns_to_read(file.schema_arrow.names)
            yield from _numbered(file.iter_batches(batch_size=BATCH_ROWS, columns=names))


def read_arrow(path: Path) -> Rows:
    """Yield the rows of an Arrow file, or of an Arrow stream as `datasets` saves it."""
    with _pyarrow(path):
        import pyarrow.ipc

        with path.open("rb") as opened:
            is_file = opened.read(len(_FILE_MAGIC)) == _FILE_MAGIC
        with pyarrow.memory_map(str(path)) as source:
            if is_file:
                file = pyarrow.ipc.open_file(source)
                batches = (file.get_batch(at) for at in range(file.num_record_batches))
            else:
                batches = pyarrow.ipc.open_stream(source)
            yield from _numbered(batches)


def _numbered(batches: Any) -> Rows:
    number = 0
    for batch in batches:
        chosen = batch.select(columns_to_read(batch.schema.names))
        for start in range(0, batch.num_rows, BATCH_ROWS):
            for values in chosen.slice(start, BATCH_ROWS).to_pylist():
                number += 1
                yield number, values


@contextmanager
def _pyarrow(path: Path) -> Iterator[None]:
    """Turn what can go wrong with pyarrow in this block into an error that says what to do."""
    try:
        import pyarrow
    except ModuleNotFoundError as error:
        raise GrueError(
            f"Reading {clean_path(path)} needs pyarrow, which is not part of the game. Install it "
            "with: pip install 'grue[parquet]'"
        ) from error
    try:
        yield
    except (pyarrow.ArrowException, UnicodeDecodeError, OSError) as error:
        reason = clean_line(str(error))[:200]
        raise InputRefused(
            f"{clean_path(path)} is damaged: {reason}. Download or write it again."
        ) from error
