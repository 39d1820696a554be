"""The reasons why a page has no content, for good or for now.

PageError
├── PageRefused       never fetched or parsed: forbidden, blocked, gone, broken, hostile
└── PagePostponed     the next run tries again
    └── HostBusy      no more requests to this host on this run
        └── HostUnknown   its name cannot be resolved: mistyped, or no network
"""

from dungeon.errors import GrueError


class PageError(GrueError):
    """A page has no content. `reason` is short and names no page: summaries count pages by it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PageRefused(PageError):
    """A page cannot or must not be read, however often it is requested."""


class PagePostponed(PageError):
    """A page could not be read now; the next run tries again."""


class HostBusy(PagePostponed):
    """A host must not be sent any more requests on this run."""


class HostUnknown(HostBusy):
    """The name of a host cannot be resolved; asking again at once would not change that."""

    def __init__(self) -> None:
        super().__init__("the host cannot be resolved")
