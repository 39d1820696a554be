"""An adventure: a tree of turns, with what the player gave it. Frozen and pure.

Its head is where the player stands; its line is the path from the opening to the head; its tip is
the leaf that redo moves towards.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TypedDict

from dungeon.dice import DEFAULT_RULES, DiceRules
from dungeon.story.fields import shallow_dict
from dungeon.story.state_events import StateEvent
from dungeon.story.summary import StorySummary
from dungeon.story.turn import Action, Turn

Checkpoints = Mapping[str, tuple[str, ...]]
"""The ids of the turns that have a name, by that name, in the order in which they got it: one, or
several where an edit has carried turns over to another line."""

MAX_NOTE_DEPTH = 50
"""Turns before the end of a prompt at which an author's note may stand."""


@dataclass(frozen=True, slots=True)
class Adventure:
    """A tree of turns, a position in it, and the memory and note of every prompt."""

    id: str
    title: str
    scenario: str = ""
    """The name of the scenario it began with."""
    memory: str = ""
    """Stands at the front of every prompt."""
    note: str = ""
    """The author's note: how to write; stands near the end of every prompt."""
    note_depth: int = 0
    """How many turns before the end of the prompt it stands; 0 is right before the action."""
    turns: Mapping[str, Turn] = field(default_factory=lambda: MappingProxyType({}))
    """Every turn of every branch by id, in the order they were made."""
    head: str | None = None
    tip: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))
    foreign_fields: str = ""
    """What another program's file held and Grue has no use for, by format, as JSON: for export."""
    lore: str = ""
    """Its lore entries as `dungeon.lore.dump` writes them; empty where there are none."""
    dice: DiceRules = DEFAULT_RULES
    """Its attributes, and what rolls by itself; on every branch alike."""
    checkpoints: Checkpoints = field(default_factory=lambda: MappingProxyType({}))
    """The turns that have a name; `dungeon.story.checkpoints` says which one a name means."""
    origin: str = ""
    """Where it was forked from: the id of the adventure, a slash, and the id of the turn."""
    tags: tuple[str, ...] = ()
    """The player's own words for it, sorted."""
    favourite: bool = False
    """Whether lists show it first."""
    summaries: tuple[StorySummary, ...] = ()
    """Every version of the summary on every branch, in the order they were made."""
    state_events: tuple[StateEvent, ...] = ()
    """Decisions on changes of the story's state, each at a turn, in the order in which they were
    made; `dungeon.state` says what follows from them."""

    def path(self) -> tuple[Turn, ...]:
        """Return the turns from the opening to the head."""
        path: list[Turn] = []
        turn = self.current_turn()
        while turn is not None:
            path.append(turn)
            turn = self.turns[turn.parent] if turn.parent is not None else None
        return tuple(reversed(path))

    def current_turn(self) -> Turn | None:
        """Return the turn at the head."""
        return self.turns[self.head] if self.head is not None else None

    def summary(self) -> StorySummary | None:
        """Return the summary that holds at the head: the last one made on the way to it."""
        if not self.summaries:
            return None
        places = {turn.id: place for place, turn in enumerate(self.path())}
        here = [each for each in reversed(self.summaries) if each.turn in places]
        return max(here, key=lambda each: places[each.turn], default=None)

    def with_changes(self, changes: "Changes") -> "Adventure":
        """Return the adventure with other values of some fields, with a further summary, and with
        further decisions on its state.
        """
        values: dict[str, Any] = {**changes}
        if "summary" in values:
            values["summaries"] = (*self.summaries, values.pop("summary"))
        if "new_state_events" in values:
            values["state_events"] = (*self.state_events, *values.pop("new_state_events"))
        return replace(self, **values)

    def with_turn(self, turn: Turn) -> "Adventure":
        """Return the adventure with `turn` added, and head and tip at it."""
        turns = MappingProxyType({**self.turns, turn.id: turn})
        return replace(self, turns=turns, head=turn.id, tip=turn.id, changed=turn.created)

    def path_to(self, turn_id: str) -> tuple[Turn, ...]:
        """Return the turns from the opening to the turn `turn_id`, on whichever branch it is."""
        return replace(self, head=turn_id).path()

    def replies(self, turn_id: str = "") -> tuple[Turn, ...]:
        """Return the replies to the action of a turn, by default the current one; its own included,
        oldest first.
        """
        current = self.turns.get(turn_id or self.head or "")
        if current is None:
            return ()
        return self.replies_to(current.parent, Action(current.kind, current.action))

    def replies_to(self, parent: str | None, action: Action) -> tuple[Turn, ...]:
        """Return the replies to `action` after the turn `parent`, oldest first."""
        asked = (parent, action.kind, action.text)
        return tuple(
            turn for turn in self.turns.values() if (turn.parent, turn.kind, turn.action) == asked
        )

    def branch_ends(self) -> tuple[Turn, ...]:
        """Return the turns that no other follows, oldest first: one for each branch."""
        followed = {turn.parent for turn in self.turns.values()}
        return tuple(turn for turn in self.turns.values() if turn.id not in followed)

    def undo_target(self) -> str | None:
        """Return the turn that undo leads to, or None where there is nothing to undo."""
        current = self.current_turn()
        return current.parent if current else None

    def undone(self) -> tuple[Turn, ...]:
        """Return the turns that redo brings back, from the one after the head to the tip."""
        turns: list[Turn] = []
        turn_id = self.tip
        while turn_id is not None and turn_id != self.head:
            turns.append(self.turns[turn_id])
            turn_id = turns[-1].parent
        return tuple(reversed(turns)) if turn_id == self.head else ()

    def redo_target(self) -> str | None:
        """Return the turn that redo leads to, the next one towards the tip, or None."""
        return next((turn.id for turn in self.undone()), None)

    def with_head(self, head: str) -> "Adventure":
        """Return the adventure with the head moved. The tip stays if redo can still reach it; else
        redo leads to the turn made last on the branch of `head`.
        """
        moved = replace(self, head=head)
        reachable = head == self.tip or moved.redo_target() is not None
        return moved if reachable else replace(moved, tip=self._last_after(head))

    def _last_after(self, turn_id: str) -> str:
        """Return the turn made last among `turn_id` and all that follow it."""
        last, among = turn_id, {turn_id}
        for turn in self.turns.values():  # a turn is made after its parent
            if turn.parent in among:
                among.add(turn.id)
                last = turn.id
        return last

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dictionary, without turns, summaries and events."""
        document = shallow_dict(self) | {
            "created": self.created.isoformat(),
            "changed": self.changed.isoformat(),
            "checkpoints": checkpoints_to_dict(self.checkpoints),
            "tags": list(self.tags),
            "dice": self.dice.to_dict(),
        }
        del document["turns"], document["summaries"], document["state_events"]
        return document


def checkpoints_to_dict(checkpoints: Checkpoints) -> dict[str, Any]:
    """Return checkpoints as a JSON-ready dictionary: an id by each name, or a list of several."""
    return {name: ids[0] if len(ids) == 1 else list(ids) for name, ids in checkpoints.items()}


class Changes(TypedDict, total=False):
    """New values of the fields of an adventure that the player changes while playing."""

    title: str
    memory: str
    note: str
    note_depth: int
    lore: str
    dice: DiceRules
    foreign_fields: str
    checkpoints: Checkpoints
    tags: tuple[str, ...]
    favourite: bool
    summary: StorySummary
    """A further version; those before it stay."""
    new_state_events: tuple[StateEvent, ...]
    """To be added to those that there are."""


def texts_of(changes: Changes) -> Iterator[str]:
    """Yield the player's words in changes of an adventure."""
    yield from (str(changes.get(name, "")) for name in ("title", "memory", "note", "lore"))
    yield from changes.get("checkpoints", ())
    if dice := changes.get("dice"):
        yield " ".join(each.typed for each in dice.attributes)
    for event in changes.get("new_state_events", ()):
        yield f"{event.change.name} {event.change.value}"
