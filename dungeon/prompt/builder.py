"""Build a prompt: an adventure and a token budget in, text and an account of its parts out.

In order: memory, the summary of turns that no longer fit, lore entries, quotations of earlier turns
that match the action, as much of the story as fits, the author's note, which may also stand some
turns before the end, the state of the story, and the player's action. Only turns that no longer fit
are quoted. The story is trimmed in large steps: its front stays the same from turn to turn, so that
an engine finds the beginning of the prompt in its prefix cache, and only when the budget is full it
is trimmed to half.
Knows nothing of engines and saves: it is given a function that counts tokens, and one that finds
turns.
"""

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dungeon import lore, transcript
from dungeon.chat import ChatMessage, PromptFormat
from dungeon.errors import SavesError
from dungeon.lore import LoreSelection
from dungeon.memory import retrieval
from dungeon.memory.retrieval import FindMatches, Match
from dungeon.scripts.record import NOTHING, Record
from dungeon.state import fit_line
from dungeon.story import Action, Adventure, Kind, StorySummary, Turn, render_transcript
from dungeon.story.state_events import StateLine
from dungeon.text.control_tokens import neutralise
from dungeon.text.sentences import sentence_ends

TRIM_TO = 0.5
"""Share of the story's budget to which it is trimmed when it no longer fits."""

MEMORY_SHARE = 0.4
"""Maximum share of the budget for memory; a longer one is cut."""

LORE_SHARE = 0.2
"""Maximum share of the budget for lore entries."""

MAX_LORE_TOKENS = 1000
"""Maximum tokens of them: a large model's context is not filled with them."""

NOTE_SHARE = 0.15
"""Maximum share of the budget for the author's note."""

QUOTED_SHARE = 0.12
"""Maximum share of the budget for quotations of earlier turns."""

MAX_QUOTED_TOKENS = 300
"""Maximum tokens of these quotations: a large model's context is not filled with them."""

SUMMARY_SHARE = 0.15
"""Maximum share of the budget for the summary of turns that no longer fit."""

MAX_SUMMARY_TOKENS = 400
"""Maximum tokens of it."""

STATE_SHARE = 0.06
"""Maximum share of the budget for the state of the story."""

MAX_STATE_TOKENS = 100
"""Maximum tokens of it."""

MIN_QUOTATION_TOKENS = 30
"""Tokens that each quotation gets: in a small context fewer turns are quoted, not shorter ones."""

PartName = Literal[
    "rules", "memory", "summary", "lore", "earlier", "story", "note", "recent", "state", "action"
]

CountTokens = Callable[[str], Awaitable[int]]
"""Returns the number of tokens of a text, by the model's own tokenizer."""


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
    count = _counting_neutralised(count)
    memory = await _fit_part("memory", adventure.memory, int(budget * MEMORY_SHARE), count)
    note = await _fit_part(
        "note", transcript.author_note(adventure.note), int(budget * NOTE_SHARE), count
    )
    lore_room = min(int(budget * LORE_SHARE), MAX_LORE_TOKENS)
    selection = await lore.select(adventure, action, lore_room, count)
    state_room = _room(STATE_SHARE, MAX_STATE_TOKENS, budget)
    true = PromptPart("state", *await fit_line(adventure, state_line, state_room, count))
    fixed = memory.tokens + selection.room + true.tokens + note.tokens + reserve
    action_part = await _fit_part("action", _action_text(action), max(budget - fixed, 0), count)
    room = max(budget - fixed - action_part.tokens, 0)
    line = adventure.path()
    start = await _start(line, first, room, count)
    quotations: tuple[QuotedTurn, ...] = ()
    error = ""
    quoted_room = _room(QUOTED_SHARE, MAX_QUOTED_TOKENS, budget) if find else 0
    summary_room = _room(SUMMARY_SHARE, MAX_SUMMARY_TOKENS, budget) if summarised else 0
    if not start or room < 2 * (quoted_room + summary_room):
        quoted_room = summary_room = 0
    if quoted_room + summary_room:
        room -= quoted_room + summary_room
        start = await _start(line, first, room, count)
    summary = adventure.summary() if summary_room else None
    if find is not None and quoted_room:
        matches, error = await _search(line[:start], _query(action, line), find)
        most = min(max(quoted_room // MIN_QUOTATION_TOKENS, 1), retrieval.MAX_QUOTED)
        anew = line[start].id != first
        chosen = retrieval.choose(matches, quoted, line[:start], anew=anew, limit=most)
        quotations = await _quote(chosen, line, quoted_room, count)
    earlier = await _earlier_part(quotations, count)
    story = await _fit_part("story", render_transcript(line[start:]), room, count)
    depth = min(adventure.note_depth, len(line) - start - 1) if note.text and not story.cut else 0
    recent = PromptPart("recent", "", 0)
    if depth > 0:
        story = await _fit_part("story", render_transcript(line[start:-depth]), room, count)
        recent = await _fit_part("recent", render_transcript(line[-depth:]), room, count)
    entries = PromptPart("lore", selection.text, selection.tokens)
    told = await _summary_part(summary, summary_room, count)
    whole = (memory, told, entries, earlier, story, note, recent, true, action_part)
    parts = tuple(replace(part, text=neutralise(part.text)) for part in whole if part.text)
    kept = line[start].id if start < len(line) else None
    return Context(
        _join(parts),
        parts,
        budget,
        kept,
        start,
        quotations,
        summary if told.text else None,
        summary_room,
        selection,
        note_depth=max(depth, 0),
        search_error=error,
        unconditional_prompt=_unconditional_prompt(action, parts),
    )


def _room(share: float, most: int, budget: int) -> int:
    return min(int(budget * share), most)


def _counting_neutralised(count: CountTokens) -> CountTokens:
    async def counted(text: str) -> int:
        return await count(neutralise(text))

    return counted


def _join(parts: Iterable[PromptPart]) -> str:
    return transcript.as_prompt(transcript.SEPARATOR.join(part.text for part in parts))


def _unconditional_prompt(action: Action | None, parts: Sequence[PromptPart]) -> str:
    """Return the prompt without the action; for None, an action not known yet, the whole prompt.

    Only what the player does or says guides a reply: prose of theirs is part of the story.
    """
    if action is not None and action.kind not in (Kind.DO, Kind.SAY):
        return ""
    return _join(part for part in parts if part.name != "action")


def _query(action: Action | None, line: Sequence[Turn]) -> str:
    """Return what to search for: the action, or the last one where there is none yet."""
    return (action.text if action else "") or line[-1].action


async def _search(
    left_out: Sequence[Turn], query: str, find: FindMatches
) -> tuple[Sequence[Match], str]:
    """Return the matches for `query`, or why there was no search: a turn goes on without."""
    words = retrieval.query_words(query)
    try:
        return (await find(words, left_out) if words else ()), ""
    except SavesError as error:
        return (), str(error)


async def _quote(
    chosen: Sequence[Match], line: Sequence[Turn], room: int, count: CountTokens
) -> tuple[QuotedTurn, ...]:
    """Return quotations of the chosen turns, each in an equal part of the room."""
    wanted = {match.turn_id for match in chosen}
    turns = {turn.id: (number, turn) for number, turn in enumerate(line, 1) if turn.id in wanted}
    quotations: list[QuotedTurn] = []
    for match in chosen:
        number, turn = turns[match.turn_id]
        text = await _fit_quotation(turn, match, room // len(chosen), count)
        if text:
            quotations.append(QuotedTurn(match, number, text))
    return tuple(quotations)


async def _fit_quotation(turn: Turn, match: Match, room: int, count: CountTokens) -> str:
    """Return a quotation of at most `room` tokens; it is empty if not even a sentence fits."""
    text = retrieval.quote(turn)
    characters = len(text)
    while text and (tokens := await count(text + transcript.SEPARATOR)) > room:
        characters = int(characters * min(room / tokens, 0.9))  # less each time, so that this ends
        text = retrieval.quote_part(turn, match.words, characters)
    return text


async def _earlier_part(quotations: Sequence[QuotedTurn], count: CountTokens) -> PromptPart:
    texts = [quotation.text for quotation in quotations]
    tokens = [await count(text + transcript.SEPARATOR) for text in texts]
    return PromptPart("earlier", transcript.SEPARATOR.join(texts), sum(tokens))


async def _summary_part(summary: StorySummary | None, room: int, count: CountTokens) -> PromptPart:
    """Return the summary, without its first sentences where it does not fit."""
    text = sentences = summary.text if summary else ""
    while text:
        part = transcript.story_so_far(text)
        tokens = await count(part + transcript.SEPARATOR)
        if tokens <= room:
            return PromptPart("summary", part, tokens, cut=text != sentences)
        wanted = int(len(text) * min(room / tokens, 0.9))
        text = text[next((end for end in sentence_ends(text) if len(text) - end <= wanted),
                         len(text)) :].strip()  # fmt: skip
    return PromptPart("summary", "", 0)


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


async def _fit_part(name: PartName, text: str, room: int, count: CountTokens) -> PromptPart:
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
