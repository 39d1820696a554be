"""Define the commands `grue train`, `grue evaluate` and `grue export`, one file each.

Heavy libraries are imported inside the functions, so that `--help` is quick.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dungeon.errors import GrueError


@contextmanager
def requires_train_extra(command: str) -> Iterator[None]:
    """Import in this block what `grue COMMAND` needs.

    Raises GrueError, with the command that installs it, where a library is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("dungeon", "training"):  # a bug of ours
            raise
        raise GrueError(
            f"`grue {command}` needs {missing}, which is not part of the game. Install it with: "
            "pip install 'grue[train]'"
        ) from error
