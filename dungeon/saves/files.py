"""Provides the durable placing of a finished file: all of it is there under its name, or nothing.

Knows nothing of what a file holds.
"""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from dungeon.errors import InputRefused

STALE = 24 * 60 * 60
"""Seconds after which nobody is still writing an unfinished file."""


def beside(path: Path) -> Path:
    """Return a name in the folder of `path` for a file that is not finished yet."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")


def place(part: Path, path: Path, *, overwrite: bool = False) -> None:
    """Flush the finished file `part` to the disk and give it the name `path`.

    Raises InputRefused where `path` is there already and may not be overwritten. Raises OSError
    where the disk refuses.
    """
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    if overwrite:
        part.replace(path)
    else:
        _name_new(part, path)
    _flush_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove unfinished files that a killed process left there more than a day ago."""
    for part in folder.glob(".*.part"):
        with suppress(FileNotFoundError):  # its writer may be finishing it now
            if time.time() - part.stat().st_mtime > STALE:
                part.unlink()


def _name_new(part: Path, path: Path) -> None:
    """Name the file without ever replacing another one, also against a race."""
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


def _flush_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows knows no such thing and needs none."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
