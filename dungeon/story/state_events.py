"""The values of a story's state: what changes, at which turn, and what the player says of it.

The state at a turn is not stored: it follows from the confirmed changes on the line up to there, so
that undo, branches, checkpoints and forks have the right one.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

MAX_NAME = 120
"""Characters of a name, and of a value."""

MAX_EVENTS = 20_000
"""Events of a line of turns. An edit copies those after it onto another line."""


StateMode = Literal["ask", "auto", "off"]
"""What happens with a change that was found: the player is asked, it is confirmed, or none is
looked for.
"""


StateLine = Literal["things", "all", "off"]
"""What is told to the model: everything but people, everything, or nothing. A small model takes up
whoever is named last, so that `X is dead` brings X back.
"""


StateFinder = Literal["rules", "model"]
"""Who looks for changes of the state: rules alone, or the model as well."""


FinderChoice = Literal["auto", "rules", "model"]
"""The same as a player chooses it; auto is what suits the model."""


class Category(StrEnum):
    """What a change is about."""

    PLACE = "place"
    """Where the player is; there is one at a time."""
    ITEM = "item"
    """Something the player carries."""
    PERSON = "person"
    """Somebody, with what is true of them as the value: `is dead`, `trusts you`."""
    INJURY = "injury"
    """The end of a sentence, `wounded in the leg`, or one of its own, `your arm is broken`."""
    QUEST = "quest"
    """What the player has promised to do: `find the ring`."""


class Decision(StrEnum):
    """What has become of a change that was found."""

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Source(StrEnum):
    """Who has found a change."""

    RULE = "rule"
    MODEL = "model"
    PLAYER = "player"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that becomes true, or is true no longer."""

    category: Category
    name: str
    """As a sentence has it: `a rope`, `in the mill`, `Bram`."""
    value: str = ""
    """What is true of a person; empty in the other categories."""
    removed: bool = False
    """Whether it is gone: dropped, healed, done."""


@dataclass(frozen=True, slots=True)
class StateEvent:
    """A decision on a change that happened in a turn. The last one on the same change counts."""

    turn: str
    """The id of the turn."""
    change: Change
    decision: Decision
    source: Source
    created: datetime | None = field(default_factory=lambda: datetime.now(UTC), compare=False)
    """When it was made; None where that is not known, as in the saves of an older Grue."""

    def to_dict(self) -> dict[str, Any]:
        """Return the event as a JSON-ready dictionary, without levels."""
        change = self.change
        return {
            "turn": self.turn,
            "category": change.category.value,
            "name": change.name,
            "value": change.value,
            "removed": change.removed,
            "decision": self.decision.value,
            "source": self.source.value,
            "created": self.created.isoformat() if self.created else "",
        }
