"""The state of a story: place, things carried, people, injuries and promises.

Rules find changes in turns, the player confirms them, and what is true at a turn follows from the
confirmed changes on its line. That a place was left needs no confirmation.
"""

from dungeon.state.dead_acting import NOBODY, TheDead
from dungeon.state.names import may_be_a_name
from dungeon.state.prompt_line import fit_line
from dungeon.state.rules import find_changes
from dungeon.state.sentences import read_change, sentence_of, story_sentences
from dungeon.state.the_dead import find_dead
from dungeon.state.tracking import (
    State,
    Suggestion,
    departure,
    last_taken_away,
    mistaken_departures,
    offered,
    state_at,
    suggestions,
)

__all__ = [
    "NOBODY", "State", "Suggestion", "TheDead", "departure", "find_changes", "find_dead",
    "fit_line", "last_taken_away", "may_be_a_name", "mistaken_departures", "offered", "read_change",
    "sentence_of", "state_at", "story_sentences", "suggestions",
]  # fmt: skip
