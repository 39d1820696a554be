"""Arrange scenarios for a list: by genre, and those that match what the player types."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from dungeon.scenarios.parser import DEFAULT_GENRE
from dungeon.story import Scenario
from dungeon.text import clean_line


def group_by_genre(available: Iterable[Scenario]) -> list[tuple[str, list[Scenario]]]:
    """Return each genre with its scenarios, by the alphabet; those without one come first."""
    ordered = sorted(available, key=_order)
    return [
        (clean_line(next(iter(group)).genre), group)
        for group in (list(each) for _, each in groupby(ordered, key=_order))
    ]


def matching(available: Iterable[Scenario], query: str) -> Sequence[Scenario]:
    """Return the scenarios whose title, genre, name and summary contain every word of `query`."""
    words = query.casefold().split()
    return [each for each in available if all(word in _text(each) for word in words)]


def _order(scenario: Scenario) -> tuple[bool, str]:
    return scenario.genre != DEFAULT_GENRE, scenario.genre.casefold()


def _text(scenario: Scenario) -> str:
    fields = scenario.title, scenario.genre, scenario.name, scenario.summary
    return "\n".join(fields).casefold()
