"""Read preference pairs from play: of two replies to the same action, which one the player kept.

A pair needs two replies to one action. Chosen is the reply that the player ended up with and played
on from; rejected is a reply by a model that was retried, edited, undone or stopped before it. A
reply that nobody has answered says nothing yet.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from dungeon import transcript
from dungeon.memory.retrieval import MAX_QUOTED, FindMatches, Match
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.inputs import PromptInputs
from dungeon.scripts import record as scripts
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.story.edited_line import originals
from dungeon.story.history import Revision, adventure_at, asked_at

if TYPE_CHECKING:
    from dungeon.saves.library import Library

_CHARACTERS_PER_TOKEN = 4
"""Of English, for an estimate: the tokenizer of the model that replied is not loaded."""

_WHOLE_PROMPT = 1 << 20
"""Tokens that no prompt has: one that begins with a known turn is not cut again."""

_PROMPT_TOKENS = 1_888
"""Tokens of a prompt whose first turn is not known: a context of 2048 less the room for a reply."""


class PairKind(StrEnum):
    """What the player did to the rejected reply."""

    RETRY = "retry"
    """Asked for another reply."""
    EDIT = "edit"
    """Rewrote it."""
    UNDO = "undo"
    """Played on from it, undid that, and took the same action again."""
    STOP = "stop"
    """Stopped it while it was being written, and got another one."""


class LeftOut(StrEnum):
    """Why two replies to the same action are no pair."""

    UNANSWERED = "not played on from"
    IDENTICAL = "the same text"
    INCOMPLETE = "an incomplete reply was kept"
    NOT_A_REPLY = "not a reply of a model"
    COPY = "in a fork or an imported copy as well"


@dataclass(slots=True)
class Report:
    """What was found in the saves, and what was left out."""

    pairs: Counter[PairKind] = field(default_factory=Counter)
    left_out: Counter[LeftOut] = field(default_factory=Counter)
    """Replies beside another one to the same action that make no pair, by reason."""
    _seen: set[tuple[str, str]] = field(default_factory=set)
    """The turns of all pairs: copies of an adventure keep the ids of its turns."""

    def add(self, comparisons: "Sequence[Comparison]") -> "list[Comparison]":
        """Count comparisons; return those that no adventure read before has as well."""
        fresh = []
        for each in comparisons:
            turns = (each.chosen.id, each.rejected.id)
            if turns in self._seen:
                self.left_out[LeftOut.COPY] += 1
                continue
            self._seen.add(turns)
            self.pairs[each.kind] += 1
            fresh.append(each)
        return fresh

    def __str__(self) -> str:
        """Return a summary for the player, with what the file holds."""
        count = f"{(total := self.pairs.total())} pair{'' if total == 1 else 's'}"
        return (
            f"{count} ({_list_counts(self.pairs)}). They hold your actions, memory and stories "
            "word for word, so share them only as you would share those."
            + (f" Left out: {_list_counts(self.left_out)}." if self.left_out else "")
        )

    def nothing_found(self) -> str:
        """Return why there is no file."""
        return (
            "There is no pair of replies yet. Retry, edit, undo or stop a reply, and play on from "
            "the one that you keep."
            + (f" Left out: {_list_counts(self.left_out)}." if self.left_out else "")
        )


def _list_counts(counts: Counter[Any]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two replies to the same action."""

    kind: PairKind
    chosen: Turn
    rejected: Turn


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """A comparison with the prompt of both replies: one line of the file."""

    prompt: str
    comparison: Comparison
    adventure_id: str

    def to_dict(self) -> dict[str, Any]:
        """Return it JSON-ready, in the standard preference format of trl, with provenance.

        `chosen` and `rejected` begin with the blank line that separates them from the prompt.
        """
        chosen, rejected = self.comparison.chosen, self.comparison.rejected
        return {
            "prompt": self.prompt,
            "chosen": transcript.SEPARATOR + transcript.normalise(chosen.text),
            "rejected": transcript.SEPARATOR + transcript.normalise(rejected.text),
            "kind": self.comparison.kind.value,
            "adventure": self.adventure_id,
            "parent_turn": chosen.parent,
            "chosen_turn": chosen.id,
            "rejected_turn": rejected.id,
            "chosen_model": chosen.provenance.model,
            "rejected_model": rejected.provenance.model,
            "chosen_ended": chosen.provenance.ended,
            "rejected_ended": rejected.provenance.ended,
            "time": chosen.created.isoformat(),
        }


def compare_replies(adventure: Adventure, report: Report) -> Iterator[Comparison]:
    """Yield what the branches of `adventure` say, oldest first; report what they do not.

    Of the replies to one action the player kept the one on the current line, elsewhere the newest:
    a game always goes on from the reply that came last.
    """
    parents = {turn.parent for turn in adventure.turns.values()}
    line = set(_kept_ids(adventure))
    for replies in _replies_by_action(adventure):
        kept = next((turn for turn in replies if turn.id in line), replies[-1])
        others = [turn for turn in replies if turn is not kept]
        reason = _unusable(kept, is_answered=kept.id in parents)
        if reason is not None:
            report.left_out[reason] += len(others)
            continue
        seen = {_fold(kept.text)}
        edited = _edited_reply(kept, replies)
        for turn in others:
            if not _is_by_model(turn):
                report.left_out[LeftOut.NOT_A_REPLY] += 1
            elif (text := _fold(turn.text)) in seen:
                report.left_out[LeftOut.IDENTICAL] += 1
            else:
                seen.add(text)
                kind = (
                    PairKind.EDIT
                    if turn is edited
                    else _kind(turn, was_answered=turn.id in parents)
                )
                yield Comparison(kind, kept, turn)


def _kept_ids(adventure: Adventure) -> Iterator[str]:
    """Yield the ids of the turns of the current line, and of those that they are copies of."""
    for turn in replace(adventure, head=adventure.tip).path():
        yield from (each.id for each in originals(adventure, turn))


def _replies_by_action(adventure: Adventure) -> list[list[Turn]]:
    """Return the replies to each action that has several, in the order they were made.

    An action is the same where its words are: another wording gets another prompt.
    """
    groups: dict[tuple[str, Kind, str], list[Turn]] = {}
    for turn in adventure.turns.values():
        if turn.parent is not None:
            groups.setdefault((turn.parent, turn.kind, turn.action), []).append(turn)
    return [replies for replies in groups.values() if len(replies) > 1]


def _unusable(kept: Turn, *, is_answered: bool) -> LeftOut | None:
    """Return why `kept` cannot be a chosen reply, if it cannot."""
    if not is_answered:
        return LeftOut.UNANSWERED
    match kept.provenance.ended:
        case "stopped" | "interrupted":
            return LeftOut.INCOMPLETE
        case "edited":
            return None
        case _:
            return None if _is_by_model(kept) else LeftOut.NOT_A_REPLY


def _is_by_model(turn: Turn) -> bool:
    """Whether a model wrote the text, and wrote it to its end unless the player stopped it."""
    ended = turn.provenance.ended
    return bool(turn.provenance.model) and ended not in ("interrupted", "refused", "damaged")


def _edited_reply(kept: Turn, replies: Sequence[Turn]) -> Turn | None:
    """Return the reply that `kept` is the edited text of: the last one before it by a model."""
    if kept.provenance.ended != "edited":
        return None
    before = replies[: replies.index(kept)]
    return next((turn for turn in reversed(before) if turn.provenance.ended != "edited"), None)


def _kind(rejected: Turn, *, was_answered: bool) -> PairKind:
    if rejected.provenance.ended == "stopped":
        return PairKind.STOP
    return PairKind.UNDO if was_answered else PairKind.RETRY


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


# Prompts ------------------------------------------------------------------------------------------


async def read_pairs(
    adventure: Adventure,
    library: "Library",
    report: Report,
    since: datetime | None = None,
) -> list[PreferencePair]:
    """Return the pairs of `adventure` whose chosen reply was made at `since` or later.

    They are counted in `report`, and so are replies that make no pair; a pair that an adventure
    read with the same report has as well is left out. Raises SavesError.
    """
    since = since.astimezone() if since else None
    revisions = library.former_values(adventure)

    async def find(words: Sequence[str], turns: Sequence[Turn]) -> Sequence[Match]:
        among = [turn.id for turn in turns]
        return library.matching_turns(adventure.id, words, among=among, limit=MAX_QUOTED)

    comparisons = [
        comparison
        for comparison in compare_replies(adventure, report)
        if since is None or comparison.chosen.created >= since
    ]
    fresh = report.add(comparisons)
    return [await _add_prompt(each, adventure, revisions, find) for each in fresh]


async def _add_prompt(
    comparison: Comparison,
    adventure: Adventure,
    revisions: Sequence[Revision],
    find: FindMatches,
) -> PreferencePair:
    """Return the pair with the prompt that the rejected reply was written for, built once more.

    Memory, note and lore are those of that time by `revisions`, and the story begins with the same
    turn. Turns saved by an older Grue do not name the first turn of their prompt; as many as a
    context of 2048 tokens holds are taken.
    """
    rejected = comparison.rejected
    first = rejected.provenance.prompt_first_turn
    before = adventure_at(replace(adventure, head=rejected.parent), revisions, asked_at(rejected))
    before = scripts.parse(rejected.provenance.scripts).as_told(before)
    inputs = PromptInputs(
        before,
        Action(rejected.kind, rejected.action),
        budget=_WHOLE_PROMPT if first in adventure.turns else _PROMPT_TOKENS,
        count=_estimate_tokens,
        first=first or None,
        find=find,
    )
    context = await build_prompt(inputs)
    return PreferencePair(context.prompt, comparison, adventure.id)


async def _estimate_tokens(text: str) -> int:
    return math.ceil(len(text) / _CHARACTERS_PER_TOKEN)
