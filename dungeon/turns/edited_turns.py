"""Make the turn that stands in place of one that the player edits."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from dungeon.errors import InputRefused
from dungeon.scripts.record import parse
from dungeon.story import Action, Provenance, Turn, new_id
from dungeon.text import safety


def with_reply(turn: Turn, text: str) -> Turn:
    """Return a turn like `turn`, with the reply in the player's words. Raises InputRefused."""
    if not text.strip():
        raise InputRefused("An empty reply cannot be kept. Use undo to take the turn back.")
    safety.refuse_forbidden(text)
    kept = parse(turn.provenance.scripts).only_states.dump()
    edited = Provenance(
        ended="edited", lore=turn.provenance.lore, scripts=kept, roll=turn.provenance.roll
    )
    return _edited(turn, text=text.strip(), provenance=edited)


def with_action(turn: Turn, action: Action) -> Turn:
    """Return a turn like `turn`, with another action before its reply. Raises InputRefused."""
    safety.refuse_forbidden(action.text)
    provenance = replace(
        turn.provenance, carried_from=turn.id, roll=action.roll.dump() if action.roll else ""
    )
    return _edited(turn, kind=action.kind, action=action.text, provenance=provenance)


def _edited(turn: Turn, **changes: Any) -> Turn:
    """Return another turn, made now."""
    return replace(turn, id=new_id(), created=datetime.now(UTC), **changes)
