"""A prompt, with an account of the parts that it is made of."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from dungeon import lore
from dungeon.chat import ChatMessage, PromptFormat
from dungeon.lore import LoreSelection
from dungeon.memory.retrieval import Match
from dungeon.prompt import settings_record
from dungeon.prompt.settings_record import SettingsRecord
from dungeon.scripts.record import NOTHING, Record
from dungeon.story import StorySummary

PartName = Literal[
    "rules", "memory", "summary", "lore", "earlier", "story", "note", "recent", "state", "action"
]


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One part of a prompt, with its number of tokens."""

    name: PartName
    text: str
    tokens: int
    cut: bool = False
    """Whether some of it did not fit."""


@dataclass(frozen=True, slots=True)
class QuotedTurn:
    """An earlier turn that is quoted in a prompt."""

    match: Match
    number: int
    """Its position in the story; the opening is number 1."""
    text: str
    """The quotation."""


@dataclass(frozen=True, slots=True)
class Context:
    """A prompt and its parts."""

    prompt: str
    parts: tuple[PromptPart, ...]
    budget: int
    """Maximum tokens of the prompt."""
    first: str | None
    """The id of the first turn that is included; pass it to the next call."""
    left_out: int
    """Number of earlier turns that no longer fit."""
    quoted: tuple[QuotedTurn, ...] = ()
    """Those of them that are quoted; pass their matches to the next call."""
    chosen: tuple[Match, ...] = ()
    """The matches that were to be quoted, those for which there was no room included."""
    summary: StorySummary | None = None
    """The summary that is included."""
    summary_room: int = 0
    """Tokens set aside for a summary, whether or not there is one; 0 where none is wanted."""
    lore: LoreSelection = lore.NOTHING_SELECTED
    """The lore entries that fired, and why."""
    scripts: Record = NOTHING
    """What scripts changed of memory and note for this prompt."""
    note_depth: int = 0
    """How many turns stand after the author's note, as the part `recent`."""
    settings: SettingsRecord = settings_record.NOTHING
    """What it was built with besides the story."""
    search_error: str = ""
    """Why earlier turns could not be searched, as a sentence."""
    unconditional_prompt: str = ""
    """The prompt without the action, for guidance; empty where there is no action to guide by."""
    format: PromptFormat = "completion"
    """Whether the prompt is the story as it is, or messages in the model's chat template."""
    messages: tuple[ChatMessage, ...] = ()
    """The chat, where a server renders it itself; the prompt is then for reading."""
    session: str = ""  # names the adventure for servers, as `Request.session` does
    is_opening: bool = False
    """Whether no turn was played before, as in `Request`."""

    @property
    def tokens(self) -> int:
        """Tokens of all parts together."""
        return sum(part.tokens for part in self.parts)

    @property
    def sha256(self) -> str:
        """The hex digest of the prompt in UTF-8."""
        return hashlib.sha256(self.prompt.encode()).hexdigest()

    @property
    def quoted_ids(self) -> frozenset[str]:
        """The ids of the quoted turns."""
        return frozenset(quoted.match.turn_id for quoted in self.quoted)
