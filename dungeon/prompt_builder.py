"""Build a prompt: an adventure and a token budget in, text and an account of its parts out.

In order: memory, as much of the story as fits, the author's note, the player's action. The story is
trimmed in large steps: its front stays the same from turn to turn, so that an engine finds the
beginning of the prompt in its prefix cache, and only when the budget is full it is trimmed to half.
Knows nothing of engines: it is given a function that counts tokens.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dungeon import transcript
from dungeon.story import Action, Adventure, Kind, Turn

TRIM_TO = 0.5
"""The share of the budget that is filled when the story has to be cut."""

MEMORY_SHARE = 0.4
"""The most of the budget that memory may take; the rest of a longer memory is left out."""

NOTE_SHARE = 0.15
"""The most of the budget that the author's note may take."""

CountTokens = Callable[[str], Awaitable[int]]
"""How many tokens a text has, by the model's own tokenizer."""


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One part of a prompt and what it costs."""

    name: Literal["memory", "story", "note", "action"]
    text: str
    tokens: int
    cut: bool = False
    """Whether some of it did not fit."""


@dataclass(frozen=True, slots=True)
class Context:
    """A prompt and the account of every part of it."""

    prompt: str
    parts: tuple[PromptPart, ...]
    budget: int
    """Tokens the prompt may have."""
    first: str | None
    """The id of the first turn that stands in it whole; give it to the next call."""
    left_out: int
    """Turns of the line that no longer fit."""

    @property
    def tokens(self) -> int:
        """Tokens of all parts together."""
        return sum(part.tokens for part in self.parts)


class TokenCounter:
    """Counts tokens and remembers what it has counted: a turn is counted once, not once a turn."""

    REMEMBERED = 1000
    """Texts remembered; the oldest goes first."""

    def __init__(self, count: CountTokens) -> None:
        self._ask = count
        self._known: dict[str, int] = {}

    async def __call__(self, text: str) -> int:
        """Return how many tokens `text` has."""
        if text in self._known:
            return self._known[text]
        tokens = await self._ask(text)
        if len(self._known) >= self.REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[text] = tokens
        return tokens


async def build_prompt(
    adventure: Adventure,
    action: Action | None,
    *,
    budget: int,
    count: CountTokens,
    first: str | None = None,
    reserve: int = 0,
) -> Context:
    """Return the prompt for `action` at the head of `adventure`.

    `first` is the `Context.first` of the turn before, `reserve` the tokens to hold free for an
    action that is not known yet (None). Whatever the sizes, the prompt has at most about `budget`
    tokens: memory and note are kept up to their shares, the story takes what is left.
    """
    memory = await _fit_part("memory", adventure.memory, int(budget * MEMORY_SHARE), count)
    note = await _fit_part(
        "note", transcript.author_note(adventure.note), int(budget * NOTE_SHARE), count
    )
    fixed = memory.tokens + note.tokens + reserve
    action_part = await _fit_part("action", _action_text(action), max(budget - fixed, 0), count)
    room = max(budget - fixed - action_part.tokens, 0)
    line = adventure.path()
    start = await _start(line, first, room, count)
    story = await _fit_part("story", _transcript(line[start:]), room, count)
    parts = tuple(part for part in (memory, story, note, action_part) if part.text)
    prompt = transcript.as_prompt(transcript.SEPARATOR.join(part.text for part in parts))
    kept = line[start].id if start < len(line) else None
    return Context(prompt, parts, budget, kept, start)


async def _start(line: Sequence[Turn], first: str | None, room: int, count: CountTokens) -> int:
    """Return the index of the first turn to keep: `first` while it fits, else a step later."""
    index = next((i for i, turn in enumerate(line) if turn.id == first), 0)
    if await _fits(line[index:], room, count):
        return index
    kept, used = len(line), 0
    while kept > 0:
        used += await _cost(line[kept - 1], count)
        if used > room * TRIM_TO and kept < len(line):
            break
        kept -= 1
    return kept


async def _fits(turns: Sequence[Turn], room: int, count: CountTokens) -> bool:
    """Whether `turns` cost at most `room` tokens; stops counting where they do not."""
    used = 0
    for turn in reversed(turns):
        used += await _cost(turn, count)
        if used > room:
            return False
    return True


async def _cost(turn: Turn, count: CountTokens) -> int:
    return await count(_transcript([turn]) + transcript.SEPARATOR)


def _transcript(turns: Sequence[Turn]) -> str:
    return transcript.write(block for turn in turns for block in turn.blocks())


def _action_text(action: Action | None) -> str:
    match action:
        case Action(Kind.DO | Kind.SAY, text):
            return transcript.write([transcript.ActionLine(text)])
        case Action(Kind.STORY, text):
            return transcript.write([transcript.Prose(text)])
        case _:
            return ""


async def _fit_part(
    name: Literal["memory", "story", "note", "action"], text: str, room: int, count: CountTokens
) -> PromptPart:
    """Return `text` as a part of at most `room` tokens; what does not fit goes from its front."""
    text = transcript.normalise(text) if name == "memory" else text
    if not text:
        return PromptPart(name, "", 0)
    tokens = await count(text + transcript.SEPARATOR)
    whole = tokens
    while tokens > room and text:
        text = _without_front(text, share=1 - room / tokens)
        tokens = await count(text + transcript.SEPARATOR) if text else 0
    return PromptPart(name, text, tokens, cut=tokens < whole)


def _without_front(text: str, share: float) -> str:
    """Return `text` without its first `share` and without the word that this cuts in two."""
    rest = text[max(int(len(text) * share), 1) :]
    _, _, whole_words = rest.partition(" ")
    return whole_words.lstrip("> \n")
