"""Fit distributions to games that were played: how long players think, what they type, and how long
the replies are.
"""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.distribution import Distribution
from dungeon.errors import InputRefused
from dungeon.saves.library import Library
from dungeon.story import Kind, Turn

BREAK_SECONDS = 300.0
"""A pause that is longer is a break, and no thinking."""

_TYPED = (Kind.DO, Kind.SAY)


@dataclass(frozen=True, slots=True)
class PlayedGames:
    """What players did, log-normal."""

    think: Distribution
    """Seconds from a reply to the next action."""
    action: Distribution
    """Words."""
    reply: Distribution
    """Tokens, those of rejected attempts included."""
    turns: int
    """How many they were taken from."""


def read_games(path: Path) -> PlayedGames:
    """Return what the adventures in a file of saves say. Raises InputRefused where it has none."""
    if not path.is_file():
        raise InputRefused(f"There is no file {path}.")
    with Library.open(path, back_up=False) as library:
        return fit_games(library.load(each.id).path() for each in library.summaries())


def fit_games(stories: Iterable[Sequence[Turn]]) -> PlayedGames:
    """Return what the turns of several adventures say, each in the order in which it was played.

    Raises InputRefused where too little was played.
    """
    think: list[float] = []
    words: list[float] = []
    tokens: list[float] = []
    for turns in stories:
        for before, turn in pairwise(turns):
            if not turn.provenance.tokens or turn.provenance.carried_from:
                continue  # written by a person, or a copy
            tokens.append(turn.provenance.tokens)
            if turn.kind in _TYPED:
                words.append(len(turn.action.split()))
            waited = (turn.created - before.created).total_seconds()
            waited -= turn.provenance.milliseconds / 1000
            if 0 < waited <= BREAK_SECONDS and not before.provenance.carried_from:
                think.append(waited)
    if min(len(think), len(words), len(tokens)) < 2:
        raise InputRefused("There are too few turns in these saves to learn from.")
    return PlayedGames(_fit(think), _fit(words), _fit(tokens), turns=len(tokens))


def _fit(values: Sequence[float]) -> Distribution:
    logarithms = [math.log(each) for each in values]
    return Distribution(statistics.median(values), statistics.stdev(logarithms))
