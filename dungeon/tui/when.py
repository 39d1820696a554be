"""Provides `ago`: how long ago something was, as a person says it. Knows nothing of clocks."""

from datetime import datetime

_STEPS = (("minute", 60), ("hour", 24), ("day", 7), ("week", 5))
"""Each unit, and how many of it make the next one."""


def ago(then: datetime, now: datetime) -> str:
    """Return how long before `now` the moment `then` was: `just now`, `3 hours ago`, `12 May 2025`.

    Both must know their time zone. A moment to come is `just now`: clocks are sometimes set back.
    """
    count = int((now - then).total_seconds() // 60)
    if count < 1:
        return "just now"
    for unit, in_the_next in _STEPS:
        if count < in_the_next:
            if (unit, count) == ("day", 1):
                return "yesterday"
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
        count //= in_the_next
    return f"{then.day} {then:%B %Y}"


def turns(count: int) -> str:
    """Return `count` turns as a person says it."""
    return f"{count:,} turn{'' if count == 1 else 's'}"
