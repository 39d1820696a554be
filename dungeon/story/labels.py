"""What every list of adventures has: orders, tags, and titles that can be told apart."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from textwrap import shorten
from typing import Any, Protocol, TypeVar

from dungeon.errors import InputRefused
from dungeon.text import clean_line


class Listed(Protocol):
    """What a list needs to know of an adventure; a Summary of the saves is one."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def turns(self) -> int:
        """Turns on the current line."""

    @property
    def created(self) -> datetime:
        """When it was begun."""

    @property
    def changed(self) -> datetime:
        """When it was played last."""

    @property
    def first_action(self) -> str:
        """What the player did first."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The player's own words for it."""

    @property
    def favourite(self) -> bool:
        """Whether it comes first."""


_L = TypeVar("_L", bound=Listed)

ORDERS: Mapping[str, Callable[[Listed], Any]] = {
    "played": lambda summary: -summary.changed.timestamp(),
    "created": lambda summary: -summary.created.timestamp(),
    "title": lambda summary: summary.title.casefold(),
    "turns": lambda summary: -summary.turns,
}
"""The orders by name: what was played or created last, or has most turns, comes first."""

MAX_TAGS = 20
MAX_TAG = 40
"""Characters of a tag."""


def sort_summaries(summaries: Iterable[_L], order: str = "played") -> list[_L]:
    """Return adventures in an order, favourites first. Raises InputRefused for any other order."""
    if order not in ORDERS:
        raise InputRefused(f"Adventures are sorted by {', '.join(ORDERS)}.")
    return sorted(sorted(summaries, key=ORDERS[order]), key=lambda each: not each.favourite)


def with_tag(summaries: Iterable[_L], tag: str) -> list[_L]:
    """Return the adventures that have a tag; an empty one is had by all."""
    wanted = tag.casefold()
    return [
        each
        for each in summaries
        if not wanted or any(tag.casefold() == wanted for tag in each.tags)
    ]


def tag_query(query: str) -> str:
    """Return the tag that a search like `#sea` asks for; empty where it is for words."""
    query = query.strip()
    return query[1:].strip() if query.startswith("#") else ""


def titles(summaries: Sequence[Listed]) -> list[str]:
    """Return what to call each adventure: where titles are the same, with its first action."""
    same = Counter(each.title.casefold() for each in summaries)
    return [
        f"{each.title}: {shorten(each.first_action, 50, placeholder=' …')}"
        if same[each.title.casefold()] > 1 and each.first_action
        else each.title
        for each in summaries
    ]


def marks(summary: Listed) -> str:
    """Return the star of a favourite and the tags; empty where there are none."""
    star = ["★"] if summary.favourite else []
    return " ".join([*star, *(f"#{tag}" for tag in summary.tags)])


def parse_tags(typed: str) -> tuple[str, ...]:
    """Return tags as they were typed, with commas between them. Raises InputRefused."""
    tags = {clean_line(tag).lstrip("#").strip() for tag in typed.split(",")} - {""}
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in tags):
        raise InputRefused(
            f"An adventure has at most {MAX_TAGS} tags of {MAX_TAG} characters each, "
            "with commas between them."
        )
    return tuple(sorted(tags, key=str.casefold))
