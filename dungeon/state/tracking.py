"""What is true at a turn, by the confirmed changes on its line, and what may be confirmed there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dungeon.state.phrases import is_definite, key, means_same
from dungeon.state.rules import find_changes
from dungeon.story import Adventure, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent

RECENT_TURNS = 10
"""Turns whose changes are suggested; what was not decided on in this time is not asked any more."""


@dataclass(frozen=True, slots=True)
class State:
    """What is true at a turn, in the order in which it came about."""

    entries: tuple[Change, ...] = ()

    def of(self, category: Category) -> tuple[Change, ...]:
        """Return what is true of one category."""
        return tuple(entry for entry in self.entries if entry.category is category)

    def find(self, wanted: Change) -> Change | None:
        """Return the entry that a change is about: of the same name, or the only one whose name
        ends as it does."""
        among = self.of(wanted.category)
        same = [entry for entry in among if key(entry.name) == key(wanted.name)]
        if not same and (wanted.removed or is_definite(wanted.name)):
            same = [entry for entry in among if means_same(entry.name, wanted.name)]
        return same[0] if len(same) == 1 else None

    def after(self, change: Change) -> "State":
        """Return the state after `change`."""
        known = self.find(change)
        if change.removed:
            if known is None:
                return self
            return State(tuple(entry for entry in self.entries if entry is not known))
        if change.category is Category.PLACE:
            others = (entry for entry in self.entries if entry.category is not Category.PLACE)
            return self if known else State((*others, change))
        if known is None:
            return State((*self.entries, change))
        renewed = Change(known.category, known.name, change.value)
        return State(tuple(renewed if entry is known else entry for entry in self.entries))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change that was found and that the player has not decided on."""

    turn: str
    """The id of its turn."""
    change: Change
    source: Source

    def decide(self, decision: Decision) -> StateEvent:
        """Return the player's decision on it."""
        return StateEvent(self.turn, self.change, decision, self.source)


def state_at(adventure: Adventure) -> State:
    """Return what is true at the head."""
    if not adventure.state_events:
        return State()
    return _fold(_accepted(_decisions(adventure.state_events), adventure.path()))


def suggestions(adventure: Adventure) -> tuple[Suggestion, ...]:
    """Return what the last turns may have changed, the oldest first, without what is decided.

    What would make no difference is left out: the player was there already, or has lost the thing
    again since.
    """
    path, decisions = adventure.path(), _decisions(adventure.state_events)
    found = list(_undecided(path[-RECENT_TURNS:], decisions))
    outcome = _outcome(path, decisions, found)
    for one in tuple(found):
        others = [other for other in found if other is not one]
        if _outcome(path, decisions, others) == outcome:
            found = others
    return tuple(found)


def last_taken_away(adventure: Adventure) -> StateEvent | None:
    """Return the last decision by which the player removed something on this line, or dismissed a
    suggestion, where it still holds.
    """
    decisions, line = _decisions(adventure.state_events), {turn.id for turn in adventure.path()}
    for event in reversed(adventure.state_events):
        holds = event.turn in line and decisions[event.turn][event.change] is event
        match event.decision, event.source:
            case Decision.ACCEPTED, Source.PLAYER if holds and event.change.removed:
                return event
            case Decision.REJECTED, Source.RULE | Source.MODEL if holds:
                return event
    return None


_Decisions = Mapping[str, Mapping[Change, StateEvent]]
"""The last decision on each change, in the order in which they were made, by turn."""


def _decisions(events: Iterable[StateEvent]) -> _Decisions:
    decisions: dict[str, dict[Change, StateEvent]] = {}
    for event in events:
        of_turn = decisions.setdefault(event.turn, {})
        of_turn.pop(event.change, None)  # the last one counts, and stands where it was made
        of_turn[event.change] = event
    return decisions


def _accepted(decisions: _Decisions, path: Sequence[Turn]) -> Iterator[Change]:
    for turn in path:
        for event in decisions.get(turn.id, {}).values():
            if event.decision is Decision.ACCEPTED:
                yield event.change


def _undecided(turns: Sequence[Turn], decisions: _Decisions) -> Iterator[Suggestion]:
    for turn in turns:
        of_turn = decisions.get(turn.id, {})
        for change in find_changes(turn):
            if change not in of_turn:
                yield Suggestion(turn.id, change, Source.RULE)
        for event in of_turn.values():
            if event.decision is Decision.SUGGESTED:
                yield Suggestion(turn.id, event.change, event.source)


def _outcome(path: Sequence[Turn], decisions: _Decisions, found: Sequence[Suggestion]) -> State:
    """Return the state at the end of the path, if what was found were confirmed."""
    changes: list[Change] = []
    for turn in path:
        changes += _accepted(decisions, [turn])
        changes += [one.change for one in found if one.turn == turn.id]
    return _fold(changes)


def _fold(changes: Iterable[Change]) -> State:
    state = State()
    for change in changes:
        state = state.after(change)
    return state
