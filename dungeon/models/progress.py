"""The type of a progress callback."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called several times a second with the activity ("Fetching", "Preparing"), the bytes done, and
the bytes in all. An exception raised from it stops the work; unfinished files are removed, but for
those of a download that can be resumed.
"""


def no_progress(_activity: str, _done: int, _total: int) -> None:
    """Report nothing."""
