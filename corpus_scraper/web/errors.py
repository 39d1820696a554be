"""Provides the reasons why a page was not read: for good, or for now.

A reason is short and says nothing of one page, so that a summary can count pages by it. Knows
nothing of how pages are fetched or read.

    NotRead
    ├── Refused          it will not be read: forbidden, walled, gone, broken, hostile
    └── Postponed        it may be read another time; it is tried again on the next run
        └── HostBusy     the whole host is to be left alone for now
"""

from dungeon.errors import GrueError


class PageError(GrueError):
    """A page was not read. `reason` stands in the summary."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PageRefused(PageError):
    """A page will not be read, however often it is asked for."""


class PagePostponed(PageError):
    """A page could not be read now; the next run tries it again."""


class HostBusy(PagePostponed):
    """A host is not to be asked for anything more on this run."""
