"""The settings that a turn was written with, as its provenance keeps them: what its prompt holds
besides the story, and what its reply must not say. Enough to build the same prompt again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from dungeon.chat import PromptFormat
from dungeon.memory.retrieval import MAX_QUOTED, Match
from dungeon.prompt.inputs import PromptInputs
from dungeon.story import MAX_NOTE_DEPTH, Adventure, Turn
from dungeon.story.fields import shallow_dict
from dungeon.story.state_events import StateLine
from dungeon.text import clean_line, cliches

_EVERYTHING = "*"
"""Stands for all clichés where nothing at all is banned; it is no phrase, since it has no word."""


@dataclass(frozen=True, slots=True)
class SettingsRecord:
    """The settings of one turn."""

    format: PromptFormat = "completion"
    budget: int = 0
    """The most tokens that the prompt might have; 0 where nothing was recorded."""
    retrieval: bool = False
    """Whether earlier turns might be quoted, so that room was set aside for them."""
    matches: tuple[Match, ...] = ()
    """The earlier turns that were chosen to be quoted."""
    summarised: bool = False
    """Whether a summary might be included."""
    summary: str = ""
    """The id of the one that was; empty for none."""
    state_line: StateLine = "off"
    note_depth: int = 0
    """How many turns before the end the author's note was to stand; 0 without a note, too."""
    banned: tuple[str, ...] = ()
    """Phrases that the reply must not say besides the clichés."""
    allowed: tuple[str, ...] = ()
    """Clichés that it may say."""
    dead: tuple[str, ...] = ()
    """Who is dead, so that they neither speak nor act in the reply."""
    is_free: bool = False
    """Whether it might say anything but the player's own phrases, as the last of several attempts
    may; then nobody is dead in it either."""
    compared: int = 0
    """Of how many different replies it was the likeliest; 0 where there was no choice."""
    likelihood: float = 0.0
    """How likely its tokens are, a geometric mean; 0 where there was no choice."""

    def dump(self) -> str:
        """Return what differs from the defaults as JSON in ASCII, which no cleaning changes; empty
        where nothing was recorded.
        """
        if not self.budget:
            return ""
        values = shallow_dict(self) | {
            "matches": tuple((each.turn_id, *each.words) for each in self.matches)
        }
        usual = shallow_dict(NOTHING)
        document = {name: value for name, value in values.items() if value != usual[name]}
        return json.dumps(document, separators=(",", ":"))

    def with_phrases(self, banned_phrases: Sequence[str], *, is_free: bool) -> "SettingsRecord":
        """Return it with the phrases that the reply must not say, the clichés among them."""
        if not banned_phrases:
            return replace(self, allowed=(_EVERYTHING,), is_free=is_free)
        banned, allowed = cliches.split(banned_phrases)
        return replace(self, banned=banned, allowed=allowed, is_free=is_free)

    def with_dead(self, names: Sequence[str]) -> "SettingsRecord":
        """Return it with the names of the dead who may not act in the reply."""
        return replace(self, dead=tuple(names))

    def with_choice(self, compared: int, likelihood: float) -> "SettingsRecord":
        """Return it with of how many replies it was the likeliest, and how likely."""
        return replace(self, compared=compared, likelihood=round(likelihood, 3))

    @property
    def banned_phrases(self) -> tuple[str, ...]:
        """All phrases that the reply must not say."""
        if self.is_free or _EVERYTHING in self.allowed:
            return self.banned
        return cliches.combine(self.banned, self.allowed)

    def as_told(self, adventure: Adventure) -> Adventure:
        """Return the adventure with the summary and the depth of the note that the prompt had."""
        kept = tuple(each for each in adventure.summaries if each.id == self.summary)
        is_known = bool(kept) or not self.summary
        return replace(
            adventure,
            summaries=kept if is_known else adventure.summaries,
            note_depth=self.note_depth,
        )

    def apply_to(self, inputs: PromptInputs) -> PromptInputs:
        """Return the inputs of a prompt with these settings, and with the quotations of then."""

        async def find(_words: Sequence[str], left_out: Sequence[Turn]) -> Sequence[Match]:
            ids = {turn.id for turn in left_out}
            return [match for match in self.matches if match.turn_id in ids]

        return replace(
            inputs,
            budget=min(self.budget, inputs.budget),
            find=find if self.retrieval else None,
            quoted=self.matches,
            summarised=self.summarised,
            state_line=self.state_line,
        )


NOTHING = SettingsRecord()


def parse(stored: str) -> SettingsRecord | None:
    """Return the record that `dump` wrote; None where there is none, or it cannot be read, as in a
    foreign file.
    """
    try:
        found = json.loads(stored) if stored else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not _number(found.get("budget"), 2**31):
        return None
    formats, lines = get_args(PromptFormat), get_args(StateLine)
    form: PromptFormat = _choice(found.get("format"), formats, NOTHING.format)
    line: StateLine = _choice(found.get("state_line"), lines, NOTHING.state_line)
    return SettingsRecord(
        format=form,
        budget=found["budget"],
        retrieval=found.get("retrieval") is True,
        matches=tuple(Match(each[0], each[1:]) for each in _rows(found.get("matches"))),
        summarised=found.get("summarised") is True,
        summary=str(found.get("summary", "")),
        state_line=line,
        note_depth=_number(found.get("note_depth"), MAX_NOTE_DEPTH),
        banned=_texts(found.get("banned")),
        allowed=_texts(found.get("allowed")),
        dead=_texts(found.get("dead")),
        is_free=found.get("is_free") is True,
        compared=_number(found.get("compared"), 2**31),
        likelihood=_share(found.get("likelihood")),
    )


def _choice(value: object, among: Sequence[Any], usual: Any) -> Any:
    return value if value in among else usual


def _number(value: object, most: int) -> int:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), most) if is_number and isinstance(value, int) else 0


def _share(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(max(float(value), 0.0), 1.0) if is_number else 0.0  # type: ignore[arg-type]


def _rows(value: object) -> list[tuple[str, ...]]:
    rows = value[:MAX_QUOTED] if isinstance(value, list) else []
    return [texts for texts in map(_texts, rows) if texts]


def _texts(value: object) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else []
    return tuple(clean_line(text) for text in texts if isinstance(text, str))
