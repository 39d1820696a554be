"""The values of a story: turns, actions, adventures and scenarios. Frozen and pure."""

from dungeon.story.adventure import MAX_NOTE_DEPTH, Adventure, Changes, Checkpoints, texts_of
from dungeon.story.scenario import Question, Scenario
from dungeon.story.summary import StorySummary, SummarySource
from dungeon.story.turn import (
    CONTINUE,
    Action,
    Draft,
    Kind,
    Provenance,
    Turn,
    new_id,
    render_transcript,
)

__all__ = [
    "CONTINUE",
    "MAX_NOTE_DEPTH",
    "Action",
    "Adventure",
    "Changes",
    "Checkpoints",
    "Draft",
    "Kind",
    "Provenance",
    "Question",
    "Scenario",
    "StorySummary",
    "SummarySource",
    "Turn",
    "new_id",
    "render_transcript",
    "texts_of",
]
