"""Map between the values of a story and table rows, damaged rows included."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row

from dungeon.dice import load_rules
from dungeon.errors import SavesDamaged
from dungeon.story import (
    MAX_NOTE_DEPTH,
    Adventure,
    Checkpoints,
    Draft,
    Kind,
    Provenance,
    StorySummary,
    SummarySource,
    Turn,
)
from dungeon.story.adventure import checkpoints_to_dict
from dungeon.story.checkpoints import only_of
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from dungeon.text import clean, clean_line

Values = dict[str, Any]
"""A row to write: column names and values."""

HASHED = ("id", "parent", "kind", "action", "text", "provenance", "created")
"""The columns that go into a turn's hash."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Replaces a time that can no longer be read."""


class TurnsDamaged(SavesDamaged):
    """Some turns of an adventure are damaged; the others are intact."""

    def __init__(self, message: str, adventure: Adventure, turn_ids: tuple[str, ...]) -> None:
        super().__init__(message)
        self.adventure = adventure
        """The adventure with everything that can still be read, safe to show and to continue."""
        self.turn_ids = turn_ids
        """The damaged turns, in the order of creation."""


def format_time(moment: datetime | None = None) -> str:
    """Return `moment`, by default now, as the tables store it."""
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")


def parse_time(stored: object) -> datetime:
    """Return the time that `format_time` wrote, or the epoch if it cannot be read."""
    try:
        return datetime.fromisoformat(str(stored)).astimezone(UTC)
    except (ValueError, OverflowError):
        return EPOCH


# ── Values to rows ───────────────────────────────────────────────────────────────────────────────


def adventure_row(adventure: Adventure) -> Values:
    """Return the adventure's own row."""
    return adventure.to_dict() | {
        "created": format_time(adventure.created),
        "changed": format_time(adventure.changed),
        "checkpoints": dump_checkpoints(adventure.checkpoints),
        "dice": adventure.dice.dump(),
        **label_values(adventure.tags, adventure.favourite),
    }


def state_event_rows(adventure_id: str, events: Iterable[StateEvent]) -> list[Values]:
    """Return the rows of decisions on the story's state, in their order."""
    return [
        event.to_dict()
        | {
            "adventure_id": adventure_id,
            "removed": int(event.change.removed),
            "created": format_time(event.created) if event.created else "",
        }
        for event in events
    ]


def dump_checkpoints(checkpoints: Checkpoints) -> str:
    """Return checkpoints as JSON; empty where there are none."""
    found = checkpoints_to_dict(checkpoints)
    return json.dumps(found, ensure_ascii=False) if found else ""


def label_values(tags: Sequence[str] | None, favourite: bool | None) -> Values:
    """Return the columns of those labels that are not None."""
    values: Values = {} if tags is None else {"tags": "\n".join(tags)}
    return values if favourite is None else values | {"favourite": int(favourite)}


def parse_tags(stored: object) -> tuple[str, ...]:
    """Return the tags of a row."""
    return tuple(filter(None, map(clean_line, str(stored).split("\n"))))


def turn_row(adventure_id: str, turn: Turn, depth: int) -> Values:
    """Return the turn's row; `depth` counts the turns from the opening to it."""
    return turn.to_dict() | {
        "adventure_id": adventure_id,
        "depth": depth,
        "kind": turn.kind.value,
        "provenance": json.dumps(turn.provenance.to_dict(), ensure_ascii=False),
        "created": format_time(turn.created),
        "sha256": turn.sha256,
    }


def turn_rows(adventure: Adventure) -> list[Values]:
    """Return the rows of every turn, parents before their children, as foreign keys require."""
    depths: dict[str | None, int] = {None: 0}
    rows: list[Values] = []
    for turn in adventure.turns.values():
        depths[turn.id] = depths[turn.parent] + 1
        rows.append(turn_row(adventure.id, turn, depths[turn.id]))
    return rows


def summary_row(adventure_id: str, summary: StorySummary) -> Values:
    """Return the row of a summary."""
    return summary.to_dict() | {
        "adventure_id": adventure_id,
        "source": summary.source.value,
        "pinned": int(summary.pinned),
        "created": format_time(summary.created),
    }


def summary_rows(adventure: Adventure) -> list[Values]:
    """Return the rows of every summary, in their order."""
    return [summary_row(adventure.id, each) for each in adventure.summaries]


# ── Rows to values ───────────────────────────────────────────────────────────────────────────────


def draft_from(row: Row[Any]) -> Draft:
    """Return the draft in a row."""
    return Draft(row.parent, _kind(row.kind), _text(row.action), _text(row.text))


def adventure_from(
    row: Row[Any],
    rows_of_turns: Sequence[Row[Any]],
    rows_of_summaries: Sequence[Row[Any]] = (),
    rows_of_events: Sequence[Row[Any]] = (),
) -> Adventure:
    """Return the adventure in these rows, after verifying the hash of every turn.

    Raises TurnsDamaged, which carries the adventure, if a turn is not what was written.
    """
    turns: dict[str, Turn] = {}
    damaged: list[str] = []
    for each in rows_of_turns:
        turn = turn_from(each)
        if turn is None or (turn.parent is not None and turn.parent not in turns):
            turn = _salvage_turn(each, turns)
            damaged.append(turn.id)
        turns[turn.id] = turn
    summaries = tuple(_summary(each) for each in rows_of_summaries if each.turn in turns)
    events = tuple(_state_events(rows_of_events, turns))
    adventure = replace(_assemble(row, turns), summaries=summaries, state_events=events)
    if damaged:
        raise TurnsDamaged(_damage_message(damaged, adventure), adventure, tuple(damaged))
    if adventure.head != row.head:
        raise TurnsDamaged(_head_message(adventure), adventure, ())
    return adventure


def turn_from(row: Row[Any]) -> Turn | None:
    """Return the turn in a row, or None if it is not what was written."""
    try:
        turn = Turn(
            id=row.id,
            parent=row.parent,
            kind=Kind(row.kind),
            action=row.action,
            text=row.text,
            provenance=Provenance(**json.loads(row.provenance)),
            created=datetime.fromisoformat(row.created),
        )
        if turn.sha256 != row.sha256:
            return None
    except (ValueError, TypeError, OverflowError, RecursionError):
        return None
    return turn if _is_clean(turn.action) and _is_clean(turn.text) else None


def _salvage_turn(row: Row[Any], turns: dict[str, Turn]) -> Turn:
    """Return what can be read of a damaged row, with a parent that exists."""
    parent = row.parent if row.parent in turns else next(reversed(turns), None)  # the newest
    return Turn(
        id=clean_line(str(row.id)),
        parent=parent,
        kind=_kind(row.kind),
        action=_text(row.action),
        text=_text(row.text),
        provenance=Provenance(ended="damaged"),
        created=parse_time(row.created),
    )


def _summary(row: Row[Any]) -> StorySummary:
    source = row.source if row.source in set(SummarySource) else SummarySource.PLAYER
    return StorySummary(
        id=clean_line(str(row.id)),
        turn=row.turn,
        covers=clean_line(str(row.covers)),
        text=_text(row.text),
        source=SummarySource(source),
        pinned=bool(row.pinned),
        created=parse_time(row.created),
    )


def _assemble(row: Row[Any], turns: dict[str, Turn]) -> Adventure:
    """Return the adventure with its head and tip at turns that exist."""
    last = next(reversed(turns), None)
    head = row.head if row.head in turns else last
    return Adventure(
        id=row.id,
        title=clean_line(str(row.title)),
        scenario=clean_line(str(row.scenario)),
        memory=_text(row.memory),
        note=_text(row.note),
        note_depth=min(max(row.note_depth, 0), MAX_NOTE_DEPTH),
        turns=MappingProxyType(turns),
        head=head,
        tip=row.tip if row.tip in turns else head,
        created=parse_time(row.created),
        changed=parse_time(row.changed),
        foreign_fields=_text(row.foreign_fields),
        lore=_text(row.lore),
        dice=load_rules(_text(row.dice)),
        checkpoints=only_of(parse_checkpoints(row.checkpoints), turns),
        origin=clean_line(str(row.origin)),
        tags=parse_tags(row.tags),
        favourite=bool(row.favourite),
    )


def parse_checkpoints(stored: object) -> Checkpoints:
    """Return the checkpoints of a row, whether or not their turns exist; none where they cannot be
    read.
    """
    try:
        found = json.loads(str(stored) or "{}")
    except (ValueError, RecursionError):
        return {}
    names = found.items() if isinstance(found, dict) else ()
    return {
        clean_line(name): tuple(map(str, ids if isinstance(ids, list) else [ids]))
        for name, ids in names
    }


def _state_events(rows: Sequence[Row[Any]], turns: Mapping[str, Turn]) -> Iterator[StateEvent]:
    """Yield the events that can be read, of turns that exist."""
    for row in rows:
        with suppress(ValueError):
            change = Change(
                Category(row.category),
                clean_line(str(row.name)),
                clean_line(str(row.value)),
                bool(row.removed),
            )
            if row.turn in turns:
                made = parse_time(row.created) if row.created else None
                yield StateEvent(row.turn, change, Decision(row.decision), Source(row.source), made)


def _damage_message(turn_ids: Sequence[str], adventure: Adventure) -> str:
    is_one = len(turn_ids) == 1
    which, since = ("One turn", "it was") if is_one else (f"{len(turn_ids):,} turns", "they were")
    shown = ", ".join(turn_ids[:8]) + (", …" if len(turn_ids) > 8 else "")
    return (
        f"{which} of “{adventure.title}” ({shown}) changed on the disk since {since} "
        "written. Everything else is whole. `grue saves check` names the newest good backup."
    )


def _head_message(adventure: Adventure) -> str:
    return (
        f"The saves of “{adventure.title}” name no turn that exists as the place where you stand; "
        "its newest turn is taken instead. `grue saves check` names the newest good backup."
    )


def _kind(stored: object) -> Kind:
    """Return the stored kind; `story`, which keeps the action as prose, if it cannot be read."""
    try:
        return Kind(str(stored))
    except ValueError:
        return Kind.STORY


def _text(stored: object) -> str:
    return stored if isinstance(stored, str) and _is_clean(stored) else clean(str(stored))


def _is_clean(text: str) -> bool:
    """Return whether `clean` would leave `text` as it is.

    A saves file may come from anybody. What `clean` drops is never printable, and `isprintable` is
    ten times faster, so that a long adventure still opens at once.
    """
    printable = text.replace("\n", "").replace("\t", "").isprintable()
    return printable or clean(text) == text
