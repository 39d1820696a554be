"""The values of a story: turns, actions, adventures and scenarios. Frozen and pure.

An adventure is a tree of turns. Its head is where the player stands; its line is the path from the
opening to the head; its tip is the leaf that redo moves towards.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from dungeon import transcript


class Kind(StrEnum):
    """What brought a turn about."""

    OPENING = "opening"
    """The adventure's first prose."""
    DO = "do"
    """The player acts: `> You open the door.`"""
    SAY = "say"
    """The player speaks: `> You say "Open."`"""
    STORY = "story"
    """The player writes prose, and the model goes on from it."""
    CONTINUE = "continue"
    """The player lets the story go on."""


@dataclass(frozen=True, slots=True)
class Action:
    """What the player does, as the transcript says it; `text` is empty for `continue`."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a reply came from: enough to explain it and to ask for it again."""

    model: str = ""
    """The model's name and the SHA-256 of its weights, `name@hash`; empty for a person's words."""
    seed: int | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """The sampling settings by the engine's names."""
    prompt_tokens: int = 0
    """Tokens in the prompt."""
    prompt_tokens_evaluated: int = 0
    """Prompt tokens the engine really read for this turn, those read ahead included."""
    tokens: int = 0
    """Tokens written, discarded attempts included."""
    milliseconds: int = 0
    """From the action to the finished reply."""
    first_milliseconds: int = 0
    """From the action to the first piece of the reply."""
    attempts: int = 1
    """1, or more where a reply was discarded and written again."""
    ended: str = ""
    """`sentence`, `length`, `stopped` (by the player), `edited`, `written` (by a person)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of an adventure: an action and the prose that answers it. Never changed."""

    id: str
    parent: str | None
    kind: Kind
    action: str
    text: str
    provenance: Provenance = Provenance()
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def sha256(self) -> str:
        """The hex digest over everything above, in canonical JSON.

        What a provenance leaves at its default is left out, so that a field added one day does not
        change the hash of turns made before it.
        """
        document = {
            "id": self.id,
            "parent": self.parent,
            "kind": self.kind,
            "action": self.action,
            "text": self.text,
            "created": self.created.astimezone(UTC).isoformat(timespec="microseconds"),
            "provenance": _non_default(self.provenance),
        }
        canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def blocks(self) -> Iterator[transcript.Block]:
        """Yield the turn as blocks of a transcript."""
        match self.kind:
            case Kind.DO | Kind.SAY:
                yield transcript.ActionLine(self.action)
            case Kind.STORY:
                yield transcript.Prose(self.action)
            case Kind.OPENING | Kind.CONTINUE:
                pass
        yield transcript.Prose(self.text)


@dataclass(frozen=True, slots=True)
class Draft:
    """A turn under way: what the player did and what has been written since, not yet a turn."""

    parent: str | None
    kind: Kind
    action: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Adventure:
    """A tree of turns, a position in it, and the memory and note of every prompt."""

    id: str
    title: str
    scenario: str = ""
    """The name of the opening it began from."""
    memory: str = ""
    """Stands at the front of every prompt."""
    note: str = ""
    """The author's note: how to write; stands near the end of every prompt."""
    turns: Mapping[str, Turn] = field(default_factory=lambda: MappingProxyType({}))
    """Every turn of every branch by id, in the order they were made."""
    head: str | None = None
    tip: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    changed: datetime = field(default_factory=lambda: datetime.now(UTC))

    def line(self) -> tuple[Turn, ...]:
        """Return the turns from the opening to the head."""
        return self.line_to(self.head)

    def line_to(self, turn_id: str | None) -> tuple[Turn, ...]:
        """Return the turns from the opening to `turn_id`; empty for None."""
        path: list[Turn] = []
        while turn_id is not None:
            turn = self.turns[turn_id]
            path.append(turn)
            turn_id = turn.parent
        return tuple(reversed(path))

    def children(self, turn_id: str | None) -> tuple[Turn, ...]:
        """Return the turns that answer `turn_id`, oldest first."""
        return tuple(turn for turn in self.turns.values() if turn.parent == turn_id)

    def last(self) -> Turn | None:
        """Return the turn the player stands at."""
        return self.turns[self.head] if self.head is not None else None

    def grown(self, turn: Turn) -> "Adventure":
        """Return the adventure with `turn` added and the player standing at it."""
        turns = MappingProxyType({**self.turns, turn.id: turn})
        return replace(self, turns=turns, head=turn.id, tip=turn.id, changed=turn.created)

    def before(self) -> str | None:
        """Return where undo leads, or None where there is nothing to undo."""
        last = self.last()
        return last.parent if last else None

    def after(self) -> str | None:
        """Return where redo leads: the next turn on the way to the tip, or None."""
        turn_id = self.tip
        while turn_id is not None and turn_id != self.head:
            parent = self.turns[turn_id].parent
            if parent == self.head:
                return turn_id
            turn_id = parent
        return None

    def standing_at(self, head: str) -> "Adventure":
        """Return the adventure with the head moved; the tip stays where redo can still reach it."""
        moved = replace(self, head=head)
        return moved if head == self.tip or moved.after() is not None else replace(moved, tip=head)


@dataclass(frozen=True, slots=True)
class Question:
    """One `${name}` of a scenario: asked once, before the story begins."""

    name: str
    question: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """An opening: what a new adventure begins with."""

    name: str
    """Its file's name without the ending; what `--scenario` takes."""
    title: str
    genre: str
    summary: str
    """One sentence for the list of openings."""
    opening: str
    memory: str = ""
    note: str = ""
    questions: tuple[Question, ...] = ()


def new_id() -> str:
    """Return a fresh id: 12 hexadecimal digits, unique for all practical purposes."""
    return secrets.token_hex(6)


def provenance_document(provenance: Provenance) -> dict[str, Any]:
    """Return `provenance` as a JSON-ready dictionary."""
    return {
        "model": provenance.model,
        "seed": provenance.seed,
        "sampling": dict(provenance.sampling),
        "prompt_tokens": provenance.prompt_tokens,
        "prompt_tokens_evaluated": provenance.prompt_tokens_evaluated,
        "tokens": provenance.tokens,
        "milliseconds": provenance.milliseconds,
        "first_milliseconds": provenance.first_milliseconds,
        "attempts": provenance.attempts,
        "ended": provenance.ended,
    }


_DEFAULTS = provenance_document(Provenance())


def _non_default(provenance: Provenance) -> dict[str, Any]:
    """Return the fields of `provenance` that differ from their defaults."""
    document = provenance_document(provenance)
    return {name: value for name, value in document.items() if value != _DEFAULTS[name]}


def render_transcript(turns: Iterable[Turn]) -> str:
    """Return the transcript of `turns`."""
    return transcript.write(block for turn in turns for block in turn.blocks())
