"""Provides the commands of training, a file each: `grue train`, `grue evaluate`, `grue export`.

Heavy imports stand inside the functions, so that `--help` is quick. Knows nothing of how training
works.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dungeon.errors import GrueError


@contextmanager
def extra_needed(command: str) -> Iterator[None]:
    """Import what `grue COMMAND` needs; where that is not installed, say how it is."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("dungeon", "training"):  # a fault of ours, and raised as it is
            raise
        raise GrueError(
            f"`grue {command}` needs {missing}, which playing does not. Install it with: "
            "pip install 'grue[train]'"
        ) from error
