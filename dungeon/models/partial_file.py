"""The part of a file that an interrupted download has left, kept to be resumed.

It stands beside the finished file, with the server's validator (ETag) in a second file: what comes
later may only be appended while the file on the server is still the same.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dungeon.errors import WeightsError

_LOCK_ATTEMPTS = 20
_LOCK_PAUSE = 0.25
"""Seconds between two attempts: a download that was cancelled ends at its next chunk."""


class PartialFile:
    """The beginning of the file at `path`, and the validator that it was sent with."""

    def __init__(self, path: Path) -> None:
        self.path = path.with_name(f"{path.name}.incomplete")
        self._validator_path = path.with_name(f"{path.name}.etag")
        self._lock_path = path.with_name(f".{path.name}.lock")

    @property
    def size(self) -> int:
        """Bytes that are here; 0 where there is no such file."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @property
    def validator(self) -> str:
        """The ETag of the file on the server; empty where it is not known."""
        try:
            return self._validator_path.read_text(encoding="ascii")
        except (OSError, ValueError):
            return ""

    def restart(self, validator: str) -> None:
        """Begin anew with a file that has the ETag `validator`."""
        self.path.write_bytes(b"")
        self._validator_path.write_text(validator, encoding="ascii", errors="ignore")

    def discard(self) -> None:
        """Remove everything."""
        self.path.unlink(missing_ok=True)
        self._validator_path.unlink(missing_ok=True)

    @contextmanager
    def locked(self, pause: Callable[[float], None]) -> Iterator[None]:
        """Keep other processes and threads from writing to it; `pause` waits for one that ends.

        The operating system drops the lock when its process ends. Raises WeightsError where another
        one holds it for longer.
        """
        with self._lock_path.open("a+b") as file:
            for _ in range(_LOCK_ATTEMPTS):
                if _lock(file.fileno()):
                    break
                pause(_LOCK_PAUSE)
            else:
                raise WeightsError(
                    f"{self.path.stem} is being downloaded by another Grue. Wait for that one, or "
                    "close it."
                )
            yield


def _lock(descriptor: int) -> bool:
    """Lock an open file; return whether that was possible."""
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
