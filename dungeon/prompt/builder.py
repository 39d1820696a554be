"""Build a prompt: an adventure and a token budget in, the text and its parts out.

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
from dungeon.prompt import token_budget
from dungeon.prompt.context import Context, PromptPart
from dungeon.prompt.fitting import fit_action, fit_part, fit_story, fit_summary
from dungeon.prompt.inputs import PromptInputs
from dungeon.prompt.quotations import Quotations, quote_matches
from dungeon.prompt.token_budget import Shares
from dungeon.prompt.token_counter import counting_neutralised
from dungeon.state import fit_line
from dungeon.story import Action, Kind, Turn
from dungeon.text.control_tokens import neutralise


async def build_prompt(inputs: PromptInputs) -> Context:
    """Return the prompt for an action at the head of an adventure.

    Memory, summary, lore, quotations, note and state get up to their shares of the budget, the
    story what is left. What spells a control token of a chat model is neutralised.
    """
    inputs = replace(inputs, count=counting_neutralised(inputs.count))
    line = inputs.adventure.path()
    fixed = await _fit_fixed_parts(inputs)
    shares = await token_budget.divide(inputs, line, inputs.tokens_left(fixed.tokens))
    rest = await _fit_story_parts(inputs, line, shares, has_note=bool(fixed.note.text))
    parts = tuple(_in_order(fixed, rest))
    return Context(
        _join(parts),
        parts,
        inputs.budget,
        first=line[shares.start].id if shares.start < len(line) else None,
        left_out=shares.start,
        quoted=rest.quotations.turns,
        chosen=rest.quotations.chosen,
        summary=inputs.adventure.summary() if rest.summary.text else None,
        summary_room=shares.summary,
        lore=fixed.lore,
        note_depth=rest.note_depth,
        search_error=rest.quotations.error,
        unconditional_prompt=_unconditional_prompt(inputs.action, parts),
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


async def _fit_fixed_parts(inputs: PromptInputs) -> _FixedParts:
    """Fit each part into its share, and the action into what they leave."""
    adventure, budget, count = inputs.adventure, inputs.budget, inputs.count
    note = transcript.author_note(adventure.note)
    state_room = token_budget.STATE.of(budget)
    fixed = _FixedParts(
        memory=await fit_part("memory", adventure.memory, token_budget.MEMORY.of(budget), count),
        note=await fit_part("note", note, token_budget.NOTE.of(budget), count),
        lore=await lore.select(adventure, inputs.action, token_budget.LORE.of(budget), count),
        state=PromptPart("state", *await fit_line(adventure, inputs.state_line, state_room, count)),
        action=PromptPart("action", "", 0),
    )
    left = inputs.tokens_left(fixed.tokens)
    return replace(fixed, action=await fit_action(inputs.action, left, count))


@dataclass(frozen=True, slots=True)
class _StoryParts:
    """The story, its summary and quotations: the parts that get what the fixed ones leave."""

    summary: PromptPart
    quotations: Quotations
    story: PromptPart
    recent: PromptPart
    note_depth: int


async def _fit_story_parts(
    inputs: PromptInputs, line: Sequence[Turn], shares: Shares, *, has_note: bool
) -> _StoryParts:
    adventure, count = inputs.adventure, inputs.count
    depth = adventure.note_depth if has_note else 0
    story, recent, depth = await fit_story(line[shares.start :], depth, shares.story, count)
    summary = adventure.summary() if shares.summary else None
    return _StoryParts(
        summary=await fit_summary(summary, shares.summary, count),
        quotations=await quote_matches(inputs, line, shares),
        story=story,
        recent=recent,
        note_depth=depth,
    )


def _in_order(fixed: _FixedParts, rest: _StoryParts) -> Iterator[PromptPart]:
    """Yield the parts that are not empty, in the order of the prompt."""
    entries = PromptPart("lore", fixed.lore.text, fixed.lore.tokens)
    for part in (
        fixed.memory, rest.summary, entries, rest.quotations.part, rest.story, fixed.note,
        rest.recent, fixed.state, fixed.action,
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
