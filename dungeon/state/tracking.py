"""What is true at a turn, by the confirmed changes on its line, and what may be confirmed there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dungeon.state.departures import leaves
from dungeon.state.phrases import head_noun, is_another, key, may_be_same, means_same, names
from dungeon.state.rules import EARLIER_TURNS, find_changes
from dungeon.story import Adventure, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent

RECENT_TURNS = 10
"""Turns in which a place counts that was found, and a dismissal can be taken back."""

OPEN_TURNS = 100
"""Turns whose changes are suggested; what was not decided on in this time is not asked any more."""

OPEN_SUGGESTIONS = 60
"""The most that wait; each is compared with all others, so that more would take seconds."""

OFFERED_TURNS = 2
"""Turns for which a suggestion is shown beside the story; then it waits on the state screen."""


@dataclass(frozen=True, slots=True)
class State:
    """What is true at a turn, in the order in which it came about."""

    entries: tuple[Change, ...] = ()

    def of(self, category: Category) -> tuple[Change, ...]:
        """Return what is true of one category."""
        return tuple(entry for entry in self.entries if entry.category is category)

    def find(self, wanted: Change) -> Change | None:
        """Return the entry that a change is about: of the same name, or the only one of a name that
        means the same; of what is lost, also the only one of its kind that it may be.
        """
        among = self.of(wanted.category)
        same = [entry for entry in among if key(entry.name) == key(wanted.name)]
        if not same and (wanted.removed or not is_another(wanted.name)):
            same = [entry for entry in among if means_same(entry.name, wanted.name)]
        if not same and wanted.removed and wanted.category is Category.ITEM:
            same = [entry for entry in among if head_noun(entry.name) == head_noun(wanted.name)]
            same = same if len(same) == 1 and may_be_same(same[0].name, wanted.name) else []
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


_NOTHING = State()


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


@dataclass(frozen=True, slots=True)
class DecidedTurn:
    """A turn, and what it changes."""

    turn: Turn
    found: tuple[Change, ...]
    """What rules have found in it, and the player has neither confirmed nor dismissed."""
    confirmed: tuple[Change, ...]
    """What the player has confirmed, in the order in which they did."""


def decided_turns(adventure: Adventure) -> tuple[DecidedTurn, ...]:
    """Return the turns up to the head with what they change, found only in the last ones."""
    path, decisions = adventure.path(), _decisions(adventure.state_events)
    found: dict[str, list[Change]] = {}
    for one in _undecided(path, decisions):
        if one.source is Source.RULE:
            found.setdefault(one.turn, []).append(one.change)
    return tuple(
        DecidedTurn(turn, tuple(found.get(turn.id, ())), tuple(_accepted(decisions, [turn])))
        for turn in path
    )


def state_at(adventure: Adventure) -> State:
    """Return what is true at the head."""
    if not adventure.state_events:
        return State()
    return _fold(_accepted(_decisions(adventure.state_events), adventure.path()))


def suggestions(adventure: Adventure) -> tuple[Suggestion, ...]:
    """Return what the last turns may have changed, the oldest first, without what is decided.

    What would make no difference is left out: the player was there already, or has lost the thing
    again since. What they have dismissed or removed is not asked about again in these turns, unless
    they act on it once more.
    """
    path, decisions = adventure.path(), _decisions(adventure.state_events)
    found = list(_undecided(path, decisions))[-OPEN_SUGGESTIONS:]
    begun = max(len(path) - OPEN_TURNS, 0)
    before, line = _fold(_accepted(decisions, path[:begun])), path[begun:]
    outcome = _outcome(line, decisions, found, before)
    for one in tuple(found):
        others = [other for other in found if other is not one]
        if _outcome(line, decisions, others, before) == outcome:
            found = others
    return tuple(found)


def offered(adventure: Adventure, found: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Return which of these suggestions are new enough to be shown beside the story."""
    turns = {turn.id for turn in adventure.path()[-OFFERED_TURNS:]}
    return tuple(one for one in found if one.turn in turns)


def departure(adventure: Adventure) -> StateEvent | None:
    """Return that the player has left, in the turn at the head, the place where they are by what is
    confirmed or suggested before; None where they have not.

    It needs no confirmation: a place that is no longer claimed is unknown, and not wrong.
    """
    *before, turn = adventure.path()
    decisions = _decisions(adventure.state_events)
    places = _outcome(before, decisions, list(_undecided(before, decisions))).of(Category.PLACE)
    if not places or not leaves(turn, places[0].name):
        return None
    gone = replace(places[0], removed=True)
    return StateEvent(turn.id, gone, Decision.ACCEPTED, Source.RULE)


def is_departure(event: StateEvent) -> bool:
    """Return whether `departure` has found an event."""
    is_place = event.change.category is Category.PLACE and event.change.removed
    return is_place and event.source is Source.RULE


def mistaken_departures(
    adventure: Adventure, dismissed: Sequence[Suggestion]
) -> Iterator[StateEvent]:
    """Yield the departures that were found only by arrivals, of which the player dismisses the last
    now.
    """
    decisions = _decisions(adventure.state_events)
    for turn_id in dict.fromkeys(one.turn for one in dismissed):
        events = decisions.get(turn_id, {}).values()
        refused = [one.change for one in dismissed if one.turn == turn_id]
        refused += [each.change for each in events if each.decision is Decision.REJECTED]
        for event in events:
            counts = event.decision is Decision.ACCEPTED and is_departure(event)
            if counts and not leaves(adventure.turns[turn_id], event.change.name, refused):
                yield event


def last_taken_away(adventure: Adventure) -> StateEvent | None:
    """Return the last decision by which the player removed something on this line, or of the last
    turns a suggestion that they dismissed, or the place that they were found to have left.

    None where it holds no longer.
    """
    decisions, line = _decisions(adventure.state_events), [turn.id for turn in adventure.path()]
    turns, recent = set(line), set(line[-RECENT_TURNS:])
    has_place = bool(state_at(adventure).of(Category.PLACE))
    for event in reversed(adventure.state_events):
        if event.turn not in turns or decisions[event.turn][event.change] is not event:
            continue
        is_recent = event.turn in recent
        match event.decision, event.source:
            case Decision.ACCEPTED, Source.PLAYER if event.change.removed:
                return event
            case Decision.ACCEPTED, Source.RULE if is_departure(event) and is_recent:
                if not has_place:
                    return event
            case Decision.REJECTED, Source.RULE | Source.MODEL if is_recent:
                if not is_departure(event):
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


def _undecided(path: Sequence[Turn], decisions: _Decisions) -> Iterator[Suggestion]:
    refused: list[Change] = []
    recent = len(path) - RECENT_TURNS
    for number in range(max(len(path) - OPEN_TURNS, 0), len(path)):
        turn, before = path[number], path[max(number - EARLIER_TURNS, 0) : number]
        of_turn = decisions.get(turn.id, {})
        for change in find_changes(turn, before):
            if change.category is Category.PLACE and number < recent:
                continue  # by now the player is likely to be somewhere else
            is_settled = any(
                _is_about(each.change, change)
                for each in of_turn.values()
                if not is_departure(each)
            )
            is_refused = any(is_about_same(each, change) for each in refused)
            if not is_settled and (not is_refused or names(turn.action, change.name)):
                yield Suggestion(turn.id, change, Source.RULE)
        refused += filter(None, map(_refusal, of_turn.values()))
        for event in of_turn.values():
            if event.decision is Decision.SUGGESTED:
                yield Suggestion(turn.id, event.change, event.source)


def _is_about(decided: Change, change: Change) -> bool:
    """Return whether a decision settles what else its turn says of the same thing or person."""
    if decided.category is Category.PLACE is change.category:
        return decided.removed or decided.name == change.name
    is_same = decided.category is change.category and means_same(decided.name, change.name)
    return is_same and (decided.category is not Category.PERSON or decided.value == change.value)


def _refusal(event: StateEvent) -> Change | None:
    """Return what the player has said not to be true: dismissed it, or removed it themselves."""
    if event.decision is Decision.REJECTED and event.source is not Source.PLAYER:
        return event.change
    is_removal = event.decision is Decision.ACCEPTED and event.source is Source.PLAYER
    return replace(event.change, removed=False) if is_removal and event.change.removed else None


def is_about_same(one: Change, other: Change) -> bool:
    """Return whether two changes say the same under names that may differ."""
    return one.removed == other.removed and _is_about(one, other)


def _outcome(
    path: Sequence[Turn],
    decisions: _Decisions,
    found: Sequence[Suggestion],
    before: State = _NOTHING,
) -> State:
    """Return the state at the end of a path that begins with the state `before`, if what was found
    were confirmed.
    """
    by_turn: dict[str, list[Change]] = {}
    for one in found:
        by_turn.setdefault(one.turn, []).append(one.change)
    changes: list[Change] = []
    for turn in path:
        changes += _accepted(decisions, [turn])
        changes += by_turn.get(turn.id, ())
    return _fold(changes, before)


def _fold(changes: Iterable[Change], state: State = _NOTHING) -> State:
    for change in changes:
        state = state.after(change)
    return state
