"""Figures of an adventure: turns, branches, words, deaths and time played."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from dungeon.story import Adventure, Turn
from dungeon.story.state_events import Category, Change, Decision
from dungeon.text.counts import count
from dungeon.text.quotations import mask_quotations

LONGEST_PAUSE = timedelta(minutes=10)
"""A longer time between two turns was not spent playing."""


_YOU_DIE = re.compile(
    r"(?:(?:^|[.!?\n]\s*)You|\band you) (?:die|are dead|are killed|drown|bleed to death)[.!]"
)
"""The player's own death, told as a whole clause: `You are dead tired.` is none."""

_DEAD = ("is dead", "are dead")
"""What the state says of people who are dead."""


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
    own_deaths: int = 0
    """Replies in which the player dies, in so many words."""
    deaths: int = 0
    """Others whose death the player has confirmed, on any branch; each counts once."""

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
            f"{time} of play. Deaths: {self.own_deaths:,} of yours, {self.deaths:,} of others."
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
        own_deaths=sum(bool(_YOU_DIE.search(mask_quotations(turn.text))) for turn in turns),
        deaths=len(_confirmed_dead(adventure)),
    )


def _own_words(turn: Turn) -> int:
    edited = len(turn.text.split()) if turn.provenance.ended == "edited" else 0
    return len(turn.action.split()) + edited


def _confirmed_dead(adventure: Adventure) -> set[str]:
    """Return the names of those whose death the player has confirmed, and not taken back."""
    decisions: dict[tuple[str, Change], Decision] = {}
    for event in adventure.state_events:
        if event.change.category is Category.PERSON:
            decisions[event.turn, event.change] = event.decision
    confirmed = [change for (_, change), made in decisions.items() if made is Decision.ACCEPTED]
    removed = {change.name.lower() for change in confirmed if change.removed}
    return {each.name.lower() for each in confirmed if each.value in _DEAD} - removed


def _played(turns: Iterable[Turn]) -> timedelta:
    moments = sorted(turn.created for turn in turns)
    pauses = (later - earlier for earlier, later in pairwise(moments))
    return sum((pause for pause in pauses if pause <= LONGEST_PAUSE), timedelta())
