"""Write files so that they are complete under their name, or not there at all.

A file is written under a temporary name in its own folder, flushed to the disk and renamed; the
folder is flushed too, since a new name lasts only when its folder is on the disk.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from dungeon.errors import InputRefused

STALE_AFTER = 24 * 60 * 60
"""Seconds after which a temporary file belongs to no process any more."""


def temporary_path(path: Path) -> Path:
    """Return a new name in the folder of `path` for a file that is not finished yet."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


@contextmanager
def atomic_write(path: Path, *, overwrite: bool = True) -> Iterator[IO[bytes]]:
    """Open a file to write in binary; it replaces `path` when the block ends without an error.

    Raises InputRefused if `path` exists and `overwrite` is false, OSError if writing fails; `path`
    is then as it was.
    """
    with atomic_path(path, overwrite=overwrite) as part, part.open("xb") as file:
        yield file


@contextmanager
def atomic_path(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary path to a writer that opens its file itself; otherwise as `atomic_write`."""
    part = temporary_path(path)
    try:
        yield part
        commit(part, path, overwrite=overwrite)
    finally:
        part.unlink(missing_ok=True)


def commit(part: Path, path: Path, *, overwrite: bool = False) -> None:
    """Flush the finished file `part` to the disk and rename it to `path`.

    Raises InputRefused where `path` exists and `overwrite` is false, OSError where the disk
    refuses.
    """
    sync_file(part)
    if overwrite:
        part.replace(path)
    else:
        _rename_without_replacing(part, path)
    sync_folder(path.parent)


def remove_stale(folder: Path) -> None:
    """Remove temporary files that a killed process left in `folder` more than a day ago."""
    for part in folder.glob(".*.part"):
        with suppress(FileNotFoundError):  # its writer may be finishing it now
            if time.time() - part.stat().st_mtime > STALE_AFTER:
                part.unlink()


def sync_file(path: Path) -> None:
    """Flush the content of a file to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk; Windows needs no such call and has none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename_without_replacing(part: Path, path: Path) -> None:
    """Rename `part` to `path`; a hard link makes it fail, not replace, when two do so at once."""
    refusal = InputRefused(f"{path} is there already and was left as it is. Name another file.")
    if path.exists() or path.is_symlink():
        raise refusal
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise refusal from None
    except (OSError, NotImplementedError):  # a file system without hard links
        part.rename(path)
    else:
        part.unlink()
