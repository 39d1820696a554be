"""Turns: what the player did and the reply to it, with its provenance. Frozen."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dungeon import transcript
from dungeon.dice import Roll, parse_roll
from dungeon.story.fields import shallow_dict


class Kind(StrEnum):
    """How a turn came about."""

    OPENING = "opening"
    """The adventure's first prose."""
    DO = "do"
    """The player acts: `> You open the door.`"""
    SAY = "say"
    """The player speaks: `> You say "Open."`"""
    STORY = "story"
    """The player writes prose, and the model goes on from it."""
    CONTINUE = "continue"
    """The player lets the story continue."""


@dataclass(frozen=True, slots=True)
class Action:
    """What the player does, in the words of the transcript; `text` is empty for `continue`."""

    kind: Kind
    text: str = ""
    roll: Roll | None = None
    """What was rolled for it; its outcome stands at the end of `text`."""

    def with_roll(self, roll: Roll) -> "Action":
        """Return the action with a roll: `You jump. (You roll 14 of 20 and succeed.)`

        Only what the player does or says is rolled for; others come back unchanged.
        """
        if self.kind not in (Kind.DO, Kind.SAY):
            return self
        return Action(self.kind, f"{self.text} {roll.sentence}", roll)

    def with_text(self, text: str) -> "Action":
        """Return the action in other words; the roll stays where they end with it."""
        keeps_roll = self.roll is not None and text.endswith(self.roll.sentence)
        return Action(self.kind, text, self.roll if keeps_roll else None)


CONTINUE = Action(Kind.CONTINUE)
"""The player lets the story continue."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a reply came from: enough to explain it and to ask for it again."""

    model: str = ""
    """The model's name and the SHA-256 of its weights, `name@hash`; empty for text by a person."""
    seed: int | None = None
    sampling: Mapping[str, Any] = field(default_factory=dict)
    """The sampling settings by the engine's names."""
    reply_tokens: int = 0
    """The length in tokens that the reply aimed at; 0 where it was not recorded."""
    beginning: str = ""
    """What the reply had to begin with; empty where the model was free."""
    prompt_tokens: int = 0
    """Tokens in the prompt."""
    prompt_tokens_evaluated: int = 0
    """Prompt tokens the engine evaluated for this turn, prefetched ones included."""
    prompt_sha256: str = ""
    """Of the prompt, in UTF-8; empty where it was not recorded."""
    prompt_first_turn: str = ""
    """The id of the first turn of the story that was in the prompt."""
    lore: str = ""
    """The ids of the lore entries in the prompt, as `dungeon.lore.record` writes them."""
    settings: str = ""
    """What else prompt and reply were written with, as `dungeon.prompt.settings_record` writes it;
    empty where it was not recorded."""
    scripts: str = ""
    """What scripts changed and keep, as `dungeon.scripts.record` writes it; empty for nothing."""
    roll: str = ""
    """What was rolled for the action, as `Roll.dump` writes it; empty for nothing."""
    tokens: int = 0
    """Tokens generated, rejected attempts included."""
    milliseconds: int = 0
    """From the action to the finished reply."""
    first_milliseconds: int = 0
    """From the action to the first chunk of the reply."""
    attempts: int = 1
    """1, or more where a reply was rejected and generated again."""
    carried_from: str = ""
    """The id of the turn of which this is a copy, made where an earlier turn was edited; its prompt
    was that of the original. Empty where it was played."""
    ended: str = ""
    """`sentence`, `length`, `stopped` (by the player), `interrupted` (the game ended), `refused`
    (by the content rule), `edited`, `written` (by a person)."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dictionary."""
        return shallow_dict(self) | {"sampling": dict(self.sampling)}


@dataclass(frozen=True, slots=True)
class Turn:
    """One step of an adventure: an action and the reply to it. Immutable once saved."""

    id: str
    parent: str | None
    kind: Kind
    action: str
    text: str
    provenance: Provenance = Provenance()
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def answered(self) -> Action:
        """The action to which it is the reply, with what was rolled for it."""
        return Action(self.kind, self.action, self.roll)

    @property
    def roll(self) -> Roll | None:
        """What was rolled for the action, if anything."""
        return parse_roll(self.provenance.roll)

    @property
    def sha256(self) -> str:
        """The hex digest over every field, as canonical JSON.

        Fields of the provenance that have their default value are left out, so that a field added
        later does not change the hashes of existing turns.
        """
        document = self.to_dict() | {
            "created": self.created.astimezone(UTC).isoformat(timespec="microseconds"),
            "provenance": {
                name: value
                for name, value in self.provenance.to_dict().items()
                if value != _DEFAULTS[name]
            },
        }
        canonical = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dictionary."""
        return shallow_dict(self) | {
            "created": self.created.isoformat(),
            "provenance": self.provenance.to_dict(),
        }

    @property
    def prose(self) -> str:
        """What the turn tells: the reply, behind the prose that the player wrote, if they did."""
        parts = (self.action, self.text) if self.kind is Kind.STORY else (self.text,)
        return transcript.SEPARATOR.join(filter(None, parts))

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
    """A turn in progress: the player's action and as much of the reply as there is."""

    parent: str | None
    kind: Kind
    action: str
    text: str = ""


def new_id() -> str:
    """Return a fresh id: 12 hexadecimal digits, unique for all practical purposes."""
    return secrets.token_hex(6)


def render_transcript(turns: Iterable[Turn]) -> str:
    """Return the transcript of `turns`."""
    return transcript.write(block for turn in turns for block in turn.blocks())


_DEFAULTS = Provenance().to_dict()
