"""An adventure as it was at an earlier time, by the values that its fields had before: pure."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dungeon.story.adventure import MAX_NOTE_DEPTH, Adventure
from dungeon.story.turn import Turn

_TOLERANCE = timedelta(seconds=1)
"""How inexactly it is known when a player acted: what a script did to a reply is not counted."""

_MOST_VERSIONS = 8
"""Versions of an adventure that are tried for one turn."""


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier value of a field."""

    field: str
    """`title`, `memory`, `note`, `note_depth`, `lore`, `checkpoints` or `dice`."""
    value: str
    changed: datetime
    """When it was replaced."""


def adventure_at(
    adventure: Adventure, revisions: Sequence[Revision], moment: datetime
) -> Adventure:
    """Return the adventure with what the model was told at `moment`: memory, author's note and its
    depth, lore, summaries, and the decisions on the state. Of these, ones whose time is not known
    count as made before.
    """
    depth = _value_at(moment, "note_depth", str(adventure.note_depth), revisions)
    events = adventure.state_events
    return replace(
        adventure,
        memory=_value_at(moment, "memory", adventure.memory, revisions),
        note=_value_at(moment, "note", adventure.note, revisions),
        note_depth=_depth(depth),
        lore=_value_at(moment, "lore", adventure.lore, revisions),
        summaries=tuple(each for each in adventure.summaries if each.created <= moment),
        state_events=tuple(
            each for each in events if each.created is None or each.created <= moment
        ),
    )


def asked_at(turn: Turn) -> datetime:
    """Return when the player acted: before the reply was written, which may take a while."""
    return turn.created - timedelta(milliseconds=turn.provenance.milliseconds)


def versions_before(
    adventure: Adventure, revisions: Sequence[Revision], turn: Turn
) -> Iterator[Adventure]:
    """Yield the adventure before `turn` as its prompt may have been written, the likeliest first:
    as it was when the player acted, and as it was after each change around that moment.

    A player may change what the model is told while a reply is being written.
    """
    acted = asked_at(turn)
    earliest = acted - _TOLERANCE
    changes = {each.changed for each in revisions}
    changes |= {each.created for each in adventure.summaries}
    changes |= {each.created for each in adventure.state_events if each.created is not None}
    around = sorted(moment for moment in changes if earliest < moment <= turn.created)
    base, seen = replace(adventure, head=turn.parent), list[tuple[object, ...]]()
    for moment in (acted, earliest, *around):
        version = adventure_at(base, revisions, moment)
        fields = _prompt_fields(version)
        if fields in seen:
            continue
        seen.append(fields)
        yield version
        if len(seen) == _MOST_VERSIONS:
            return


def has_undated_state(adventure: Adventure, turn: Turn) -> bool:
    """Whether a decision on the state before `turn` was saved without its time, as by older Grues:
    it may have been made later.
    """
    undated = {event.turn for event in adventure.state_events if event.created is None}
    return bool(undated) and any(
        each.id in undated for each in adventure.path_to(turn.parent or turn.id)
    )


def _prompt_fields(version: Adventure) -> tuple[object, ...]:
    """Return what `adventure_at` may have changed."""
    texts = (version.memory, version.note, version.note_depth, version.lore)
    return (*texts, version.summaries, version.state_events)


def _value_at(moment: datetime, field: str, current: str, revisions: Sequence[Revision]) -> str:
    """Return the value of a field at a time: that of the first revision after it, if any."""
    later = [each for each in revisions if each.field == field and each.changed > moment]
    return min(later, key=lambda each: each.changed).value if later else current


def _depth(stored: str) -> int:
    with suppress(ValueError):
        return min(max(int(stored), 0), MAX_NOTE_DEPTH)
    return 0
