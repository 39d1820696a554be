"""Summaries of the turns that no longer fit a prompt, in versions. Frozen."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dungeon.story.fields import shallow_dict


class SummarySource(StrEnum):
    """Who wrote a summary."""

    EXTRACTIVE = "extractive"
    """Sentences of the story, chosen by rules."""
    MODEL = "model"
    PLAYER = "player"


@dataclass(frozen=True, slots=True)
class StorySummary:
    """One version of the summary of the turns that no longer fit a prompt. Immutable once saved."""

    id: str
    turn: str
    """The id of the turn at which it was made: it holds from there on, on every branch."""
    covers: str
    """The id of the last turn that it covers; empty where it covers none."""
    text: str
    source: SummarySource = SummarySource.EXTRACTIVE
    pinned: bool = False
    """Whether no other version is made by itself."""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dictionary."""
        return shallow_dict(self) | {"created": self.created.isoformat()}
