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
from dungeon.story import Action, Adventure, Kind, Turn, render_transcript

TRIM_TO = 0.5
"""Share of the story's budget to which it is trimmed when it no longer fits."""

MEMORY_SHARE = 0.4
"""Maximum share of the budget for memory; a longer one is cut."""

NOTE_SHARE = 0.15
"""Maximum share of the budget for the author's note."""

CountTokens = Callable[[str], Awaitable[int]]
"""Returns the number of tokens of a text, by the model's own tokenizer."""


@dataclass(frozen=True, slots=True)
class PromptPart:
    """One part of a prompt, with its number of tokens."""

    name: Literal["memory", "story", "note", "action"]
    text: str
    tokens: int
    cut: bool = False
    """Whether some of it did not fit."""


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

    @property
    def tokens(self) -> int:
        """Tokens of all parts together."""
        return sum(part.tokens for part in self.parts)


class TokenCounter:
    """Counts tokens with a cache, so that each turn is tokenised only once."""

    MAX_CACHED = 1000
    """Texts in the cache; the oldest is dropped first."""

    def __init__(self, count: CountTokens) -> None:
        self._count = count
        self._cache: dict[str, int] = {}

    async def __call__(self, text: str) -> int:
        """Return how many tokens `text` has."""
        if text in self._cache:
            return self._cache[text]
        tokens = await self._count(text)
        if len(self._cache) >= self.MAX_CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[text] = tokens
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

    `first` is the `Context.first` of the previous turn; `reserve` is the number of tokens to leave
    free for an action that is not known yet (None). The prompt has at most about `budget` tokens:
    memory and note get up to their shares, the story what is left.
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
    story = await _fit_part("story", render_transcript(line[start:]), room, count)
    parts = tuple(part for part in (memory, story, note, action_part) if part.text)
    prompt = transcript.as_prompt(transcript.SEPARATOR.join(part.text for part in parts))
    kept = line[start].id if start < len(line) else None
    return Context(prompt, parts, budget, kept, start)


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
    """Return `text` as a part of at most `room` tokens, cut at the front if necessary."""
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
