"""Build a prompt: an adventure and a token budget in, text and an account of its parts out.

In order: memory, the summary of turns that no longer fit, lore entries, quotations of earlier turns
that match the action, as much of the story as fits, the author's note, which may also stand some
turns before the end, the state of the story, and the player's action. Only turns that no longer fit
are quoted. How the budget is divided: `token_budget`; how a part is cut to its room: `fitting`.
Knows nothing of engines and saves: it is given a function that counts tokens, and one that finds
turns.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from dungeon import lore, transcript
from dungeon.lore import LoreSelection
from dungeon.memory.retrieval import FindMatches, Match
from dungeon.prompt import token_budget
from dungeon.prompt.context import Context, PromptPart, QuotedTurn
from dungeon.prompt.fitting import fit_action, fit_part, fit_story, fit_summary
from dungeon.prompt.quotations import quotations_part, quote_matches
from dungeon.prompt.token_counter import CountTokens, counting_neutralised
from dungeon.state import fit_line
from dungeon.story import Action, Adventure, Kind
from dungeon.story.state_events import StateLine
from dungeon.text.control_tokens import neutralise


async def build_prompt(
    adventure: Adventure,
    action: Action | None,
    *,
    budget: int,
    count: CountTokens,
    first: str | None = None,
    reserve: int = 0,
    find: FindMatches | None = None,
    quoted: Sequence[Match] = (),
    summarised: bool = False,
    state_line: StateLine = "off",
) -> Context:
    """Return the prompt for `action` at the head of `adventure`.

    `first` is the `Context.first` of the previous turn, and `quoted` has the matches of its
    quotations; `reserve` is the number of tokens to leave free for an action that is not known yet
    (None). The prompt has at most about `budget` tokens: memory, summary, lore, quotations and note
    get up to their shares, the story what is left. Without `find` nothing is quoted; the summary
    is included if it is `summarised`, and of the confirmed state what `state_line` says. What
    spells a control token of a chat model is neutralised.
    """
    count = counting_neutralised(count)
    fixed = await _fit_fixed_parts(adventure, action, budget, reserve, state_line, count)
    line = adventure.path()
    room = await token_budget.divide(
        line,
        first,
        max(budget - fixed.tokens - reserve, 0),
        quoted=token_budget.QUOTED.of(budget) if find else 0,
        summary=token_budget.SUMMARY.of(budget) if summarised else 0,
        count=count,
    )
    start = room.start
    quotations: tuple[QuotedTurn, ...] = ()
    error = ""
    if find is not None and room.quoted:
        anew = line[start].id != first
        quotations, error = await quote_matches(
            action, line, start, find, quoted=quoted, anew=anew, room=room.quoted, count=count
        )
    earlier = await quotations_part(quotations, count)
    summary = adventure.summary() if room.summary else None
    so_far = await fit_summary(summary, room.summary, count)
    depth = adventure.note_depth if fixed.note.text else 0
    story, recent, depth = await fit_story(line[start:], depth, room.story, count)
    parts = tuple(_included(fixed, so_far, earlier, story, recent))
    return Context(
        _join(parts),
        parts,
        budget,
        first=line[start].id if start < len(line) else None,
        left_out=start,
        quoted=quotations,
        summary=summary if so_far.text else None,
        summary_room=room.summary,
        lore=fixed.lore,
        note_depth=depth,
        search_error=error,
        unconditional_prompt=_unconditional_prompt(action, parts),
    )


@dataclass(frozen=True, slots=True)
class _FixedParts:
    """The parts that have their room whatever the story is: it gets what they leave."""

    memory: PromptPart
    lore: LoreSelection
    note: PromptPart
    state: PromptPart
    action: PromptPart

    @property
    def tokens(self) -> int:
        """What is taken from the budget: of lore the room set aside for it, whether or not it is
        filled.
        """
        parts = (self.memory, self.note, self.state, self.action)
        return sum(part.tokens for part in parts) + self.lore.room


async def _fit_fixed_parts(
    adventure: Adventure,
    action: Action | None,
    budget: int,
    reserve: int,
    state_line: StateLine,
    count: CountTokens,
) -> _FixedParts:
    """Fit each part into its share, and the action into what they leave."""
    note = transcript.author_note(adventure.note)
    fixed = _FixedParts(
        memory=await fit_part("memory", adventure.memory, token_budget.MEMORY.of(budget), count),
        note=await fit_part("note", note, token_budget.NOTE.of(budget), count),
        lore=await lore.select(adventure, action, token_budget.LORE.of(budget), count),
        state=PromptPart(
            "state", *await fit_line(adventure, state_line, token_budget.STATE.of(budget), count)
        ),
        action=PromptPart("action", "", 0),
    )
    left = max(budget - fixed.tokens - reserve, 0)
    return replace(fixed, action=await fit_action(action, left, count))


def _included(
    fixed: _FixedParts,
    summary: PromptPart,
    earlier: PromptPart,
    story: PromptPart,
    recent: PromptPart,
) -> Iterator[PromptPart]:
    """Yield the parts that are not empty, in the order of the prompt."""
    entries = PromptPart("lore", fixed.lore.text, fixed.lore.tokens)
    for part in (
        fixed.memory, summary, entries, earlier, story, fixed.note, recent, fixed.state,
        fixed.action,
    ):  # fmt: skip
        if part.text:
            yield replace(part, text=neutralise(part.text))


def _join(parts: Iterable[PromptPart]) -> str:
    return transcript.as_prompt(transcript.SEPARATOR.join(part.text for part in parts))


def _unconditional_prompt(action: Action | None, parts: Sequence[PromptPart]) -> str:
    """Return the prompt without the action; for None, an action not known yet, the whole prompt.

    Only what the player does or says guides a reply: prose of theirs is part of the story.
    """
    if action is not None and action.kind not in (Kind.DO, Kind.SAY):
        return ""
    return _join(part for part in parts if part.name != "action")
