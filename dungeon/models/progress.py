"""Provides the type of a callback that is told how far a long piece of work has come.

Knows nothing of how it is shown.
"""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called some times a second with what is being done ("Fetching", "Preparing"), and the bytes done
of the bytes in all. To stop the work, raise any exception from it: what was begun is removed.
"""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Tell nobody."""
