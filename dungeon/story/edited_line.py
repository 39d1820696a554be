"""Carry the turns after an edited one over onto its branch: pure functions.

A turn is never changed: an edit is another turn beside it. What followed on its line follows the
edit as copies, with their names, and with the decisions on the state and the summaries that were
made there. The old line stays as a branch, with the same names.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from dungeon.story.adventure import Adventure
from dungeon.story.checkpoints import carry
from dungeon.story.state_events import Change, Source, StateEvent
from dungeon.story.summary import StorySummary, SummarySource
from dungeon.story.turn import Turn, new_id


@dataclass(frozen=True, slots=True)
class EditedLine:
    """An edited turn and copies of what followed it, to be added to an adventure at once."""

    turns: tuple[Turn, ...]
    """The edited turn first."""
    head: str
    """Where the player stands then: at the copy of the turn where they stood, or at the edit."""
    ids: Mapping[str, str]
    """The id of each turn by that of the one in whose place it stands."""
    state_events: tuple[StateEvent, ...] = ()
    summaries: tuple[StorySummary, ...] = ()

    @property
    def tip(self) -> str:
        """The id of the last turn, to which redo leads."""
        return self.turns[-1].id

    def add_to(self, adventure: Adventure) -> Adventure:
        """Return the adventure with the line, standing on it."""
        return replace(
            adventure,
            turns=MappingProxyType({**adventure.turns, **{turn.id: turn for turn in self.turns}}),
            head=self.head,
            tip=self.tip,
            changed=datetime.now(UTC),
            checkpoints=carry(adventure.checkpoints, self.ids),
            state_events=(*adventure.state_events, *self.state_events),
            summaries=(*adventure.summaries, *self.summaries),
        )


def turns_after(adventure: Adventure, turn_id: str) -> tuple[Turn, ...]:
    """Return what follows a turn on its line: the current one with what redo brings back, or else
    the one that ends with the turn made last.
    """
    line = (*adventure.path(), *adventure.undone())
    if all(turn.id != turn_id for turn in line):
        there = adventure.with_head(turn_id)
        line = (*there.path(), *there.undone())
    ids = [turn.id for turn in line]
    return line[ids.index(turn_id) + 1 :]


def edited_line(
    adventure: Adventure, old: Turn, edited: Turn, found: Container[Change]
) -> EditedLine:
    """Return the line on which `edited` stands in place of `old`.

    `found` is what the edited turn changes of the state: what the player decided on other changes
    of the old turn does not hold for it, unless they stated them themselves.
    """
    after = turns_after(adventure, old.id)
    ids = {old.id: edited.id} | {turn.id: new_id() for turn in after}
    return EditedLine(
        turns=(edited, *(_copy(turn, ids) for turn in after)),
        head=ids.get(adventure.head or "", edited.id),
        ids=MappingProxyType(ids),
        state_events=tuple(
            replace(event, turn=ids[event.turn])
            for event in adventure.state_events
            if event.turn in ids and (event.turn != old.id or _still_holds(event, found))
        ),
        summaries=tuple(_summaries(adventure, ids)),
    )


def _copy(turn: Turn, ids: Mapping[str, str]) -> Turn:
    first = turn.provenance.prompt_first_turn
    provenance = replace(
        turn.provenance, prompt_first_turn=ids.get(first, first), carried_from=turn.id
    )
    return replace(
        turn, id=ids[turn.id], parent=ids.get(turn.parent or "", turn.parent), provenance=provenance
    )


def _still_holds(event: StateEvent, found: Container[Change]) -> bool:
    return event.source is Source.PLAYER or event.change in found


def _summaries(adventure: Adventure, ids: Mapping[str, str]) -> Iterator[StorySummary]:
    """Yield the summaries that were made on the line. One that tells the edited turn in its old
    words is made anew, unless the player wrote or pinned it.
    """
    for each in adventure.summaries:
        is_kept = each.covers not in ids or each.pinned or each.source is SummarySource.PLAYER
        if each.turn in ids and is_kept:
            covers = ids.get(each.covers, each.covers)
            yield replace(each, id=new_id(), turn=ids[each.turn], covers=covers)


def originals(adventure: Adventure, turn: Turn) -> Iterator[Turn]:
    """Yield `turn`, the turn of which it is a copy, and so on; the last one was played."""
    seen = set()
    while turn.id not in seen:  # a file may say that two turns are copies of each other
        seen.add(turn.id)
        yield turn
        turn = adventure.turns.get(turn.provenance.carried_from, turn)
