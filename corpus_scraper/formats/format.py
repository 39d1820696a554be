"""Provides Format: what a story format has to say to stand in the table.

Knows nothing of any one of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from corpus_scraper.graph import StoryGraph


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a story down."""

    name: str
    """As `Source.parser` and a sentence say it: `twine2`."""
    recognises: Callable[[Path, bytes], bool]
    """Whether the file at a path, which begins with these bytes, is in it. A folder has none."""
    read: Callable[[Path, Path], Iterable[StoryGraph]]
    """The stories of a path, their places told relative to a root. Raises Unreadable."""
