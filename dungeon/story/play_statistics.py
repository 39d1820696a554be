"""Figures of an adventure: turns, branches, words and time played."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from dungeon.story import Adventure, Turn
from dungeon.text.counts import count

LONGEST_PAUSE = timedelta(minutes=10)
"""A longer time between two turns was not spent playing."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Figures of an adventure; the opening counts as its first turn."""

    turns: int
    """Turns from the opening to the current one, as lists count them."""
    all_turns: int
    """Turns on all branches: replies that were replaced or taken back, too; each counts once, also
    where it was carried over onto another branch."""
    branches: int
    words: int
    """Words of all turns, actions included."""
    own_words: int
    """Words that the player wrote: actions, edited replies, and the player's own prose."""
    played: timedelta
    """Time between turns, without longer pauses: an estimate."""

    def __str__(self) -> str:
        minutes = round(self.played.total_seconds() / 60)
        hours, rest = divmod(minutes, 60)
        time = f"about {hours} h {rest} min" if hours else f"about {rest} min"
        if not minutes:
            time = "less than a minute"
        turns = count(self.turns, "turn")
        if self.all_turns > self.turns:
            turns += f" on this line, {self.all_turns:,} in all"
        return (
            f"{turns} on {count(self.branches, 'branch', 'branches')}, "
            f"{count(self.words, 'word')} ({self.own_words:,} of them yours), "
            f"{time} of play."
        )


def measure(adventure: Adventure) -> Statistics:
    """Return the figures of an adventure."""
    every = adventure.turns
    turns = [turn for turn in every.values() if turn.provenance.carried_from not in every]
    return Statistics(
        turns=len(adventure.path()),
        all_turns=len(turns),
        branches=len(adventure.branch_ends()),
        words=sum(len(turn.action.split()) + len(turn.text.split()) for turn in turns),
        own_words=sum(_own_words(turn) for turn in turns),
        played=_played(turns),
    )


def _own_words(turn: Turn) -> int:
    edited = len(turn.text.split()) if turn.provenance.ended == "edited" else 0
    return len(turn.action.split()) + edited


def _played(turns: Iterable[Turn]) -> timedelta:
    moments = sorted(turn.created for turn in turns)
    pauses = (later - earlier for earlier, later in pairwise(moments))
    return sum((pause for pause in pauses if pause <= LONGEST_PAUSE), timedelta())
