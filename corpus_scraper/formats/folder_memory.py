"""Remember during an import what was found in a folder, so that it is found once for all its files.

`Format.parse` reads one file at a time, and some formats have to look at the files beside it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

Found = TypeVar("Found")

# `Format.parse` is the interface of plugins, which pass nothing on.
_known: ContextVar[dict[tuple[Callable[[Path], Any], Path], Any] | None] = ContextVar(
    "known_folders", default=None
)


@contextmanager
def remember_folders() -> Iterator[None]:
    """Remember within the block what is found in folders, and forget it afterwards."""
    before = _known.get()
    _known.set({})
    try:
        yield
    finally:
        _known.set(before)  # no token: a generator may be closed in another context


def find_once(find: Callable[[Path], Found], folder: Path) -> Found:
    """Return what `find` finds in `folder`, remembered where that is done."""
    known = _known.get()
    if known is None:
        return find(folder)
    if (find, folder) not in known:
        known[find, folder] = find(folder)
    found: Found = known[find, folder]
    return found
