"""Arrange scenarios for a list: by genre, and those that match what the player types."""

from collections.abc import Container, Iterable, Sequence
from itertools import groupby
from random import Random

from dungeon.scenarios.macros import draw_macros
from dungeon.scenarios.parser import DEFAULT_GENRE
from dungeon.scenarios.placeholders import fill
from dungeon.story import Scenario
from dungeon.text import clean_line


def group_by_genre(
    available: Iterable[Scenario], own: Container[str] = ()
) -> list[tuple[str, list[Scenario]]]:
    """Return each genre with its scenarios, by the alphabet.

    Genres of the player's `own` scenarios, given by name, come first, and before all others those
    without a genre.
    """
    scenarios = list(available)
    own_genres = {each.genre.casefold() for each in scenarios if each.name in own}

    def order(scenario: Scenario) -> tuple[bool, bool, str]:
        genre = scenario.genre.casefold()
        return scenario.genre != DEFAULT_GENRE, genre not in own_genres, genre

    ordered = sorted(scenarios, key=order)
    return [
        (clean_line(next(iter(group)).genre), group)
        for group in (list(each) for _, each in groupby(ordered, key=order))
    ]


def preview(scenario: Scenario) -> Scenario:
    """Return `scenario` as it may begin: with one of the possible draws and the usual answers."""
    return fill(draw_macros(scenario, Random(0)), {})


def matching(available: Iterable[Scenario], query: str) -> Sequence[Scenario]:
    """Return the scenarios whose title, genre, name and summary contain every word of `query`."""
    words = query.casefold().split()
    return [each for each in available if all(word in _text(each) for word in words)]


def _text(scenario: Scenario) -> str:
    fields = scenario.title, scenario.genre, scenario.name, scenario.summary
    return "\n".join(fields).casefold()
