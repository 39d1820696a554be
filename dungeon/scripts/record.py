"""What scripts did in a turn, as its provenance keeps it: who changed what, and what they keep."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from dungeon.story import Adventure, Turn
from dungeon.text import clean, clean_line

State = Mapping[str, Any]
"""What one script keeps: JSON values by name."""

MAX_STATE = 4096
"""Characters of a state as JSON."""

_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_STATES: Mapping[str, State] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a script changed in a turn."""

    script: str
    sha256: str
    """The first digits of the hash of its file; empty for an installed one."""
    what: str
    """`action`, `memory`, `note` or `reply`."""


@dataclass(frozen=True, slots=True)
class Record:
    """What scripts did in one turn."""

    changes: tuple[Change, ...] = ()
    before: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS, hash=False)
    """`action` and `reply` as the player and the model wrote them, where they were changed."""
    told: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS, hash=False)
    """`memory` and `note` as the model was told them, where they were changed."""
    states: Mapping[str, State] = field(default_factory=lambda: _NO_STATES, hash=False)
    """What scripts began to keep with this turn, by script."""

    def dump(self) -> str:
        """Return it as JSON in ASCII, which no cleaning changes; empty where nothing was done."""
        document: dict[str, Any] = {}
        if self.changes:
            document["changes"] = [[each.script, each.sha256, each.what] for each in self.changes]
        for name in ("before", "told", "states"):
            if values := getattr(self, name):
                document[name] = {key: _plain(value) for key, value in values.items()}
        return json.dumps(document, separators=(",", ":")) if document else ""

    def with_change(self, change: Change, before: str, after: str) -> "Record":
        """Return it with one more change, of a text that was `before`."""
        changes = (*self.changes, change)
        if change.what in ("memory", "note"):
            return replace(self, changes=changes, told={**self.told, change.what: after})
        return replace(self, changes=changes, before={change.what: before, **self.before})

    def with_state(self, script: str, state: State) -> "Record":
        """Return it with what a script keeps."""
        return replace(self, states={**self.states, script: state})

    def as_told(self, adventure: Adventure) -> Adventure:
        """Return the adventure with memory and note as the model was told them."""
        memory = self.told.get("memory", adventure.memory)
        return replace(adventure, memory=memory, note=self.told.get("note", adventure.note))

    @property
    def only_states(self) -> "Record":
        """What stays where a person rewrites the reply."""
        return Record(states=self.states)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


NOTHING = Record()


def parse(stored: str) -> Record:
    """Return the record that `dump` wrote; nothing of what cannot be read, as in a foreign file."""
    try:
        document = json.loads(stored) if stored else {}
    except (ValueError, RecursionError):
        return NOTHING
    if not isinstance(document, dict):
        return NOTHING
    found = document.get("changes")
    rows = found if isinstance(found, list) else []
    return Record(
        tuple(Change(*map(clean_line, row)) for row in rows if _is_change(row)),
        _texts(document.get("before"), ("action", "reply")),
        _texts(document.get("told"), ("memory", "note")),
        _states(document.get("states")),
    )


def _is_change(row: object) -> bool:
    return isinstance(row, list) and len(row) == 3 and all(isinstance(each, str) for each in row)


def _texts(found: object, names: Iterable[str]) -> dict[str, str]:
    values = found if isinstance(found, dict) else {}
    return {name: clean(values[name]) for name in names if isinstance(values.get(name), str)}


def _states(found: object) -> dict[str, State]:
    values = found if isinstance(found, dict) else {}
    return {name: state for name, state in values.items() if isinstance(state, dict)}


def state_at(path: Iterable[Turn], script: str) -> State:
    """Return what `script` kept last on `path`, from the opening to a turn."""
    for turn in reversed(tuple(path)):
        if turn.provenance.scripts and script in (states := parse(turn.provenance.scripts).states):
            return states[script]
    return {}
