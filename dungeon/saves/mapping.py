"""Map between the values of a story and table rows, damaged rows included."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row

from dungeon.errors import SavesDamaged
from dungeon.story import (
    Adventure,
    Draft,
    Kind,
    Provenance,
    Turn,
    provenance_document,
)
from dungeon.text import clean, clean_line

Values = dict[str, Any]
"""A row to be written: column names and values."""

HASHED = ("id", "parent", "kind", "action", "text", "provenance", "created")
"""The columns a turn's hash is taken over."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When a turn was made whose moment cannot be read any more."""


class TurnsDamaged(SavesDamaged):
    """Some turns of an adventure are not what was written; the rest of it is as it was."""

    def __init__(self, message: str, adventure: Adventure, turn_ids: tuple[str, ...]) -> None:
        super().__init__(message)
        self.adventure = adventure
        """The adventure with what can still be read, fit to be shown and played on."""
        self.turn_ids = turn_ids
        """The damaged turns, in the order they were made."""


def stamp(moment: datetime) -> str:
    """Return `moment` as the tables hold it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def now() -> str:
    """Return this moment as the tables hold it."""
    return stamp(datetime.now(UTC))


def moment(stamped: object) -> datetime:
    """Return the moment that `stamp` wrote, or a moment long ago where it cannot be read."""
    try:
        return datetime.fromisoformat(str(stamped)).astimezone(UTC)
    except (ValueError, OverflowError):
        return _LONG_AGO


# ── Values to rows ───────────────────────────────────────────────────────────────────────────────


def adventure_row(adventure: Adventure) -> Values:
    """Return the adventure's own row."""
    return {
        "id": adventure.id,
        "title": adventure.title,
        "scenario": adventure.scenario,
        "memory": adventure.memory,
        "note": adventure.note,
        "head": adventure.head,
        "tip": adventure.tip,
        "created": stamp(adventure.created),
        "changed": stamp(adventure.changed),
    }


def turn_row(adventure_id: str, turn: Turn, depth: int) -> Values:
    """Return the turn's row; `depth` counts the turns from the opening to it."""
    return {
        "adventure_id": adventure_id,
        "id": turn.id,
        "parent": turn.parent,
        "depth": depth,
        "kind": turn.kind.value,
        "action": turn.action,
        "text": turn.text,
        "provenance": json.dumps(provenance_document(turn.provenance), ensure_ascii=False),
        "created": stamp(turn.created),
        "sha256": turn.sha256,
    }


def turn_rows(adventure: Adventure) -> list[Values]:
    """Return the rows of every turn, parents before their children, as the tables want them."""
    depths: dict[str | None, int] = {None: 0}
    written: list[Values] = []
    for turn in adventure.turns.values():
        depths[turn.id] = depths[turn.parent] + 1
        written.append(turn_row(adventure.id, turn, depths[turn.id]))
    return written


def draft_row(adventure_id: str, draft: Draft) -> Values:
    """Return the draft's row."""
    return {
        "adventure_id": adventure_id,
        "parent": draft.parent,
        "kind": draft.kind.value,
        "action": draft.action,
        "text": draft.text,
    }


# ── Rows to values ───────────────────────────────────────────────────────────────────────────────


def draft_of(row: Row[Any]) -> Draft:
    """Return the draft a row holds."""
    return Draft(row.parent, _kind(row.kind), _text(row.action), _text(row.text))


def adventure_of(row: Row[Any], turn_rows: Sequence[Row[Any]]) -> Adventure:
    """Return the adventure that these rows hold, every turn's hash verified.

    Raises TurnsDamaged, which carries the adventure, where a turn is not what was written.
    """
    turns: dict[str, Turn] = {}
    damaged: list[str] = []
    for turn_row in turn_rows:
        turn = sound(turn_row)
        if turn is None or (turn.parent is not None and turn.parent not in turns):
            turn = _salvaged(turn_row, turns)
            damaged.append(turn.id)
        turns[turn.id] = turn
    adventure = _assembled(row, turns)
    if damaged:
        raise TurnsDamaged(_what_is_damaged(damaged, adventure), adventure, tuple(damaged))
    if adventure.head != row.head:
        raise TurnsDamaged(_no_head(adventure), adventure, ())
    return adventure


def sound(row: Row[Any]) -> Turn | None:
    """Return the turn a row holds, or None where it is not what was written."""
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


def _salvaged(row: Row[Any], turns: dict[str, Turn]) -> Turn:
    """Return what can be read of a damaged row, hanging on a turn that exists."""
    parent = row.parent if row.parent in turns else next(reversed(turns), None)  # the newest
    return Turn(
        id=clean_line(str(row.id)),
        parent=parent,
        kind=_kind(row.kind),
        action=_text(row.action),
        text=_text(row.text),
        provenance=Provenance(ended="damaged"),
        created=moment(row.created),
    )


def _assembled(row: Row[Any], turns: dict[str, Turn]) -> Adventure:
    """Return the adventure with its head and tip on turns that exist."""
    last = next(reversed(turns), None)
    head = row.head if row.head in turns else last
    return Adventure(
        id=row.id,
        title=clean_line(str(row.title)),
        scenario=clean_line(str(row.scenario)),
        memory=_text(row.memory),
        note=_text(row.note),
        turns=MappingProxyType(turns),
        head=head,
        tip=row.tip if row.tip in turns else head,
        created=moment(row.created),
        changed=moment(row.changed),
    )


def _what_is_damaged(turn_ids: Sequence[str], adventure: Adventure) -> str:
    which = f"{len(turn_ids)} turns" if len(turn_ids) > 1 else "One turn"
    shown = ", ".join(turn_ids[:8]) + (", …" if len(turn_ids) > 8 else "")
    return (
        f"{which} of “{adventure.title}” ({shown}) changed on the disk since Grue wrote "
        "them. Everything else is whole. `grue saves check` names the newest good backup."
    )


def _no_head(adventure: Adventure) -> str:
    return (
        f"The saves of “{adventure.title}” name no turn that exists as the place where you stand; "
        "its newest turn is taken instead. `grue saves check` names the newest good backup."
    )


def _kind(stored: object) -> Kind:
    """Return the kind a row names; one that cannot be read keeps its action as prose."""
    try:
        return Kind(str(stored))
    except ValueError:
        return Kind.STORY


def _text(stored: object) -> str:
    return stored if isinstance(stored, str) and _is_clean(stored) else clean(str(stored))


def _is_clean(text: str) -> bool:
    """Return whether `clean` would leave `text` as it is.

    A saves file may come from another person's hands. What `clean` drops is never printable, which
    is ten times faster to ask, so that a long adventure still opens at once.
    """
    printable = text.replace("\n", "").replace("\t", "").isprintable()
    return printable or clean(text) == text
