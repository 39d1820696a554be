"""Divide the budget of a prompt: the tokens that each of its parts may have.

The story is trimmed in large steps: its front stays the same from turn to turn, so that an engine
finds the beginning of the prompt in its prefix cache, and only when the budget is full it is
trimmed to half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dungeon import transcript
from dungeon.prompt.inputs import PromptInputs
from dungeon.prompt.token_counter import CountTokens
from dungeon.story import Turn, render_transcript

TRIM_TO = 0.5
"""Share of the story's room to which it is trimmed when it no longer fits."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a part may take of a prompt."""

    share: float
    """Of the budget."""
    tokens: int | None = None
    """Of any budget: a large model's context is not filled with it."""

    def of(self, budget: int) -> int:
        """Return the tokens that the part may have of `budget`."""
        room = int(budget * self.share)
        return room if self.tokens is None else min(room, self.tokens)


MEMORY = Limit(0.4)
"""Memory; a longer one is cut."""

LORE = Limit(0.2, 1000)
"""Lore entries."""

NOTE = Limit(0.15)
"""The author's note."""

QUOTED = Limit(0.12, 300)
"""Quotations of earlier turns."""

SUMMARY = Limit(0.15, 400)
"""The summary of turns that no longer fit."""

STATE = Limit(0.06, 100)
"""The state of the story."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The tokens that story, quotations and summary may have."""

    start: int
    """The index of the first turn that fits the story's room."""
    story: int
    quoted: int = 0
    summary: int = 0


async def divide(inputs: PromptInputs, line: Sequence[Turn], room: int) -> Shares:
    """Divide the room: quotations and summary get some where turns are left out, and the story
    keeps at least half of it. The story begins with the same turn as before while that fits.
    """
    quoted = QUOTED.of(inputs.budget) if inputs.find else 0
    summary = SUMMARY.of(inputs.budget) if inputs.summarised else 0
    start = await _start(line, inputs.first, room, inputs.count)
    earlier = quoted + summary
    if not start or not earlier or room < 2 * earlier:
        return Shares(start, room)
    start = await _start(line, inputs.first, room - earlier, inputs.count)
    return Shares(start, room - earlier, quoted, summary)


async def _start(line: Sequence[Turn], first: str | None, room: int, count: CountTokens) -> int:
    """Return the index of the first turn to keep: of `first` while it fits, else trimmed."""
    index = next((i for i, turn in enumerate(line) if turn.id == first), 0)
    if await _has_room_for(line[index:], room, count):
        return index
    kept, used = len(line), 0
    while kept > 0:
        used += await _cost(line[kept - 1], count)
        if used > room * TRIM_TO and kept < len(line):
            break
        kept -= 1
    return kept


async def _has_room_for(turns: Sequence[Turn], room: int, count: CountTokens) -> bool:
    """Return whether `turns` have at most `room` tokens; stops counting at the limit."""
    used = 0
    for turn in reversed(turns):
        used += await _cost(turn, count)
        if used > room:
            return False
    return True


async def _cost(turn: Turn, count: CountTokens) -> int:
    return await count(render_transcript([turn]) + transcript.SEPARATOR)
