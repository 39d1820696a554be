"""Tell why something could not be written: whether the disk is full, and how much room is missing.

The libraries that write models say it each in its own way, and some hide the system's error.
"""

import errno
import re
import shutil
from pathlib import Path

from dungeon.text import clean_line

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

_WORDS = re.compile(
    "No space left on device"  # safetensors and tokenizers, which are written in Rust
    "|Disk quota exceeded"
    "|PytorchStreamWriter failed"  # torch.save, at the end of the file
    "|unexpected pos"  # the same, where closing the file fails
    r"|\d+ requested and \d+ written"  # numpy.tofile
)
"""What errors say that carry no number of the system's. The last three mean that less was written
than asked for: hardly ever for another reason."""


def free_bytes(folder: Path) -> int:
    """Return the free space on the disk of `folder`, which need not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` means that a disk, or the user's share of it, is full."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _NO_ROOM
    return _WORDS.search(str(error)) is not None


def write_failure(error: BaseException, folder: Path, *, needed: int = 0) -> str:
    """Return why `folder` could not be written to, to follow a colon; without a full stop.

    `needed` is the number of bytes that were to be written, 0 where that is not known. What is
    unfinished should be removed before: what is then free can be used.
    """
    if is_disk_full(error):
        room = f"{_size(needed)} are needed, and " if needed else ""
        return f"the disk is full ({room}{_size(free_bytes(folder))} are free there)"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return clean_line(str(error)).rstrip(".")


def write_advice(error: BaseException, otherwise: str) -> str:
    """Return what to do about a failed write, in a sentence; to make room only on a full disk.

    `otherwise` is what else helps, from "or" or "and" on: "or name another folder".
    """
    if is_disk_full(error):
        return f"Make room there, {otherwise}."
    other = otherwise.partition(" ")[2]
    return f"{other[:1].upper()}{other[1:]}."


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
